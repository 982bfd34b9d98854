"""The network that is measured, saved as final and exported, where that is not the trained one.

An update rule may keep weights to be evaluated (`UpdateRule.evaluated`), and so may a callback
(`Run.evaluate_with`): averages, mostly. They are put into a twin of the network, never into the
network itself, which goes on training and is what checkpoints hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

import numpy as np

from framework.components.base import Array
from framework.engine.network import Network
from framework.engine.not_copied import Bound
from framework.text import nearest


class Evaluated(Bound):
    """A trained network, and its twin once there are weights to be evaluated.

    Attributes
    ----------
    given : by name, arrays that stand in the place of the network's own.
    """

    def __init__(self, trained: Network) -> None:
        self._trained = trained
        self._twin: Network | None = None
        self.given: Mapping[str, Array] = {}

    def give(self, arrays: Mapping[str, Array]) -> None:
        """Have arrays stand in the place of the network's own, from now on.

        Parameters
        ----------
        arrays : parameters, or layers' state, by their names in the network; they are read whenever
            the network is measured. None at all: what was given before does not stand any more.

        Raises
        ------
        ValueError : when the network has no such array, or has it in another shape.
        """
        own = self._trained.parameters() | self._trained.state()
        for name, array in arrays.items():
            if name not in own:
                raise ValueError(f"the network has no array '{name}'; {nearest(name, own)}")
            if np.shape(array) != own[name].shape:
                raise ValueError(
                    f"'{name}' has the shape {np.shape(array)}; expected {own[name].shape}"
                )
        self.given = dict(arrays)

    def refreshed(self) -> Network:
        """Return the network to measure, with the weights of this moment."""
        trained = self._trained
        rules = [block.update_rule for block in trained.blocks]
        measured = [rule.evaluated if rule is not None else None for rule in rules]
        if not self.given and not any(measured):
            return trained
        self._twin = twin = self._twin or deepcopy(trained)
        for block, slot, copy in zip(trained.blocks, measured, twin.blocks, strict=True):
            np.copyto(copy.parameters, block.row(slot) if slot else block.parameters)
        np.copyto(twin.clock, trained.clock)
        own = twin.parameters() | twin.state()
        for name, array in (trained.state() | dict(self.given)).items():
            np.copyto(own[name], array)
        return twin
