"""Weights of samples in the loss: what a loss gives for each is multiplied, and so its gradient.

A batch of B samples with weights w, whose mean over the whole split is 1::

    L = 1/B Σ w_i l_i        ∂L/∂z_i = w_i · (what the loss wrote into row i of its gradient)

That holds as samples stand alone in a loss. One that looks at the whole batch, or wants to weigh by
itself, has an ``evaluate`` with a further argument ``weights`` (`takes_weights`).
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from framework.components.base import Array
from framework.components.layer import Arrays
from framework.components.loss import Loss


@dataclass(frozen=True, eq=False)
class WeightedTargets:
    """The targets of some samples, and how much each of these counts."""

    targets: Array
    weights: Array

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, rows: slice) -> WeightedTargets:
        return WeightedTargets(self.targets[rows], self.weights[rows])


def weighted(loss: Loss) -> Loss:
    """Return a loss as a step uses it where samples have weights: for `WeightedTargets`."""
    return _WeighsItself(loss) if takes_weights(loss) else _Weighted(loss)


@dataclass(frozen=True)
class _Weighted(Loss):
    """A loss, multiplied row by row."""

    loss: Loss

    def scratch(self, z: Array) -> Mapping[str, Array]:
        return self.loss.scratch(z)

    def evaluate(
        self, z: Array, targets: Any, losses: Array, gradient: Array | None, arrays: Arrays
    ) -> None:
        self.loss.evaluate(z, targets.targets, losses, gradient, arrays)
        losses *= targets.weights
        if gradient is not None:
            gradient *= targets.weights[:, None]


class _WeighsItself(_Weighted):
    """A loss that is given the weights."""

    def evaluate(
        self, z: Array, targets: Any, losses: Array, gradient: Array | None, arrays: Arrays
    ) -> None:
        evaluate: Any = self.loss.evaluate
        weights = targets.weights
        evaluate(z, targets.targets, losses, gradient, arrays, weights=weights)


def takes_weights(loss: Loss) -> bool:
    """Return whether a loss weighs samples itself: its `evaluate` has the argument ``weights``."""
    return "weights" in inspect.signature(loss.evaluate).parameters
