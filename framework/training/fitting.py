"""Fitting transforms: their state is taken from the training split, before the first step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from framework.components.base import Array
from framework.components.layer import Arrays
from framework.components.split import Split
from framework.components.transform import Transform
from framework.engine.graph import BoundLayer
from framework.engine.network import Network
from framework.errors import PluginError


@dataclass(frozen=True, eq=False)
class TransformedBlocks:
    """The inputs of a split, block by block, as some transforms leave them in inference."""

    split: Split
    scale: float | None
    transforms: Sequence[BoundLayer]

    def __iter__(self) -> Iterator[Array]:
        for _, inputs, _ in self.split.blocks():
            x = np.array(inputs, np.float64)
            if self.scale is not None:
                x *= self.scale
            for bound in self.transforms:
                x = _applied(bound, x)
            x.flags.writeable = False
            yield x


def fit_transforms(network: Network, split: Split) -> None:
    """Fit a network's transforms, one after the other, each on what those before it leave.

    Raises
    ------
    PluginError : when one gives other arrays than its state declares.
    """
    fitted: list[BoundLayer] = []
    for bound in network.layers:
        if not isinstance(bound.layer, Transform):
            break
        values = bound.layer.fit(TransformedBlocks(split, network.scale, tuple(fitted)))
        state = vars(bound.state)
        if values.keys() != state.keys():
            names, given = ", ".join(state) or "none", ", ".join(values) or "none"
            raise PluginError(f"transform '{bound.label}': fit gave {given}; its state is {names}")
        for name, array in state.items():
            value = np.asarray(values[name])
            if value.shape != array.shape:
                raise PluginError(
                    f"transform '{bound.label}': fit gave '{name}' of shape {value.shape}; its"
                    f" state declares {array.shape}"
                )
            array[...] = value
            if not np.isfinite(array).all():
                raise PluginError(
                    f"transform '{bound.label}': fit gave '{name}' with numbers that are not"
                    f" finite in {array.dtype}"
                )
        fitted.append(bound)


def _applied(bound: BoundLayer, x: Array) -> Array:
    assert isinstance(bound.layer, Transform)
    out = np.empty((len(x), *bound.outputs), x.dtype)
    arrays = Arrays(**vars(bound.state), **bound.layer.scratch(x, out), rng=None)
    result = bound.layer.forward(x, out, arrays)
    return out if result is None else result
