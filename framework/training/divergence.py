"""Divergence: noticing that training left the finite numbers, and where it did.

Looking at every parameter after every step would cost more than a step may. So steps are taken in
strides of a tenth of a second; after each the losses are looked at, and every so often the
parameters, which are then copied (`Watch`). When something is not finite, training goes back to the
copy and takes the same steps again, one by one, looking at everything
(`Trainer._replay_divergence`): the step in which it arose is found exactly, and the network is left
as it was before. `diagnosis` says which layer it was, and the likely cause.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from framework.components.base import Array
from framework.components.layer import Arrays
from framework.components.loss import Loss
from framework.engine.graph import BoundLayer, Graph
from framework.engine.propagation import Forward

_SHARE = 0.01  # of the time, at most, goes into looking at parameters and copying them
_SMALL = 1e3  # from finite numbers below this a layer should make finite ones


class Watch:
    """Looks at what training leaves, and has a snapshot of the last state that was finite."""

    def __init__(self, network: Graph) -> None:
        self._network = network
        self._moving = [
            row
            for block in network.blocks
            if block.update_rule is not None
            for row in (block.parameters, *block.state)
        ]
        self._moving += [array for bound in network.layers for array in vars(bound.state).values()]
        self._copies: list[Array] = []
        self._generators: list[Any] = []
        self._step = 0
        self._looked, self._cost = 0.0, 0.0

    def snapshot(self, step: int) -> None:
        """Copy the network as it is after `step` steps of the epoch."""
        self._copies = self._copies or [np.empty_like(array) for array in self._moving]
        for copy, array in zip(self._copies, self._moving, strict=True):
            np.copyto(copy, array)
        self._generators = [bound.rng.bit_generator.state for bound in self._network.layers]
        self._step = step

    def rollback(self) -> int:
        """Put the network back to the snapshot; return the step it was taken after."""
        for copy, array in zip(self._copies, self._moving, strict=True):
            np.copyto(array, copy)
        for bound, state in zip(self._network.layers, self._generators, strict=True):
            bound.rng.bit_generator.state = state
        return self._step

    def is_finite(self, losses: Array, step: int, *, last: bool) -> bool:
        """Return whether the new losses, and the parameters if it is their turn, are finite.

        Parameters
        ----------
        step : steps taken in the epoch.
        last : whether it is the parameters' turn in any case, because the epoch ends.
        """
        if not np.isfinite(losses).all():
            return False
        now = time.perf_counter()
        if not last and now - self._looked < self._cost / _SHARE:
            return True
        if not self.parameters_are_finite():
            return False
        if not last:
            self.snapshot(step)
        self._looked = time.perf_counter()
        self._cost = self._looked - now
        return True

    def parameters_are_finite(self) -> bool:
        """Return whether all parameters that training moves are finite."""
        return all(
            _finite(block.parameters)
            for block in self._network.blocks
            if block.update_rule is not None
        )

    def not_finite(self) -> list[BoundLayer]:
        """Return the layers with parameters that are not finite, the last of the network first."""
        return [
            bound
            for bound in reversed(self._network.layers)
            if not all(_finite(array) for array in vars(bound.views.parameters).values())
        ]


def diagnosis(
    forward: Forward,
    loss: Loss,
    targets: Array,
    touched: list[BoundLayer],
    earlier_losses: Array,
) -> str:
    """Return, in words, what stops being finite in a step, and the likely cause.

    Parameters
    ----------
    forward : for training, its arrays apart, filled with the step's batch; its network is as before
        the step, but for layers' state and generators, which are used up.
    targets : the batch's.
    touched : layers whose parameters the step made infinite, the last first.
    earlier_losses : of the steps before.
    """
    network = forward.network
    forward.run()
    x = forward.activations[0]
    if not _finite(x):
        return f"the batch's inputs are too large for {network.dtype}; likely cause: the data"
    for bound, y in zip(network.layers, forward.activations[1:], strict=True):
        x = max((forward.activations[number] for number in bound.sources), key=_largest)
        if not _finite(y):
            what = f"outputs of layer '{bound.label}' are not finite"
            if not bound.parameters and _largest(x) < _SMALL:
                return (
                    f"{what}; likely cause: its formula, which was given finite inputs up to"
                    f" {_largest(x):.3g}"
                )
            return (
                f"{what}{_sizes(bound, x)}; likely cause: {_cause(network, bound, earlier_losses)}"
            )
    x = forward.outputs
    losses = np.empty(len(targets), network.dtype)
    arrays = Arrays(**loss.scratch(x), _clock=network.clock)
    loss.evaluate(x, targets, losses, None, arrays)
    if not _finite(losses):
        what = f"the loss is not finite, layer '{network.layers[-1].label}' gives outputs up to"
        cause = _cause(network, network.layers[-1], earlier_losses)
        return f"{what} {_largest(x):.3g}; likely cause: {cause}"
    bound = touched[0] if touched else network.layers[-1]
    what = f"parameters of layer '{bound.label}' are not finite after the update"
    return f"{what}; likely cause: {_cause(network, bound, earlier_losses)}"


def _sizes(bound: BoundLayer, x: Array) -> str:
    sizes = f"inputs up to {_largest(x):.3g}"
    if bound.parameters:
        largest = max(_largest(array) for array in vars(bound.views.parameters).values())
        sizes += f", parameters up to {largest:.3g}"
    return f" ({sizes})"


def _cause(network: Graph, bound: BoundLayer, earlier_losses: Array) -> str:
    """Name what most probably made numbers grow: the first weights, or the update rule."""
    if not len(earlier_losses):
        return "first weights or inputs that are too large, or a formula"
    below = network.layers[: network.layers.index(bound) + 1]
    nearest_first = [*reversed(below), *network.layers]
    rules = [layer.views.block.update_rule for layer in nearest_first if layer.trainable]
    recent = earlier_losses[-100:].astype(np.float64)
    grew = f", the loss went from {recent.min():.3g} to {recent[-1]:.3g} in {len(recent)} steps"
    return f"a learning rate that is too large{grew} ({rules[0] if rules else 'nothing trained'})"


def _finite(array: Array) -> bool:
    # A sum is finite only if every term is, and needs no second array; a sum that overflows is
    # looked at more closely.
    return bool(np.isfinite(np.add.reduce(array, axis=None)) or np.isfinite(array).all())


def _largest(array: Array) -> float:
    return float(np.max(np.abs(array), initial=0.0))
