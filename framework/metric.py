"""A metric: one number that says how good the outputs for a whole split are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from framework.component import Array, Component


@dataclass(frozen=True)
class Metric(Component):
    """A figure gathered block by block: start, add each block, read the result."""

    higher_is_better: ClassVar[bool] = True

    def start(self, outputs: int) -> Array:
        """Give the empty state for a network of so many outputs."""
        raise NotImplementedError

    def add(self, state: Array, z: Array, targets: Array, values: Array) -> None:
        """Add a block to the state, in place: outputs, targets, and the loss of each sample."""
        raise NotImplementedError

    def result(self, state: Array) -> float:
        """Read the figure from the state."""
        raise NotImplementedError
