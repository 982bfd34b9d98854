"""A metric: one number that says how good the outputs for a whole split are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from framework.components.base import Array, Component


@dataclass(frozen=True)
class Metric(Component):
    """A figure gathered block by block: start, add each block, read the result."""

    targets: ClassVar[Literal["labels", "values", "any"]] = "any"
    """What it compares outputs with: class ``labels``, integers ``[B]``; ``values``, ``[B, K]``; or
    ``any``, when it does with both, or looks at losses alone. A run whose data give other targets
    is refused before it trains."""

    higher_is_better: ClassVar[bool] = True
    """Which way is better, when runs are ranked by it."""

    def start(self, outputs: int) -> Array:
        """Return the empty state for a network of so many outputs."""
        raise NotImplementedError

    def add(self, state: Array, z: Array, targets: Array, losses: Array) -> None:
        """Add a block to the state, in place: outputs, targets, and the loss of each sample."""
        raise NotImplementedError

    def result(self, state: Array) -> float:
        """Read the figure from the state."""
        raise NotImplementedError
