"""A span: how long a run is, in steps and in epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Unit: TypeAlias = Literal["steps", "epochs", "share"]
"""What a length or a border is given in; a share is one of the run."""


@dataclass(frozen=True)
class Span:
    """How long a run is.

    Attributes
    ----------
    steps : in all.
    steps_per_epoch : minibatches of an epoch.
    """

    steps: int
    steps_per_epoch: int

    @property
    def epochs(self) -> int:
        """Epochs in all."""
        return self.steps // self.steps_per_epoch

    def in_steps(self, number: float, unit: Unit) -> int:
        """Return the step that a number of something comes to.

        >>> Span(steps=100, steps_per_epoch=20).in_steps(0.5, "epochs")
        10
        """
        return round(
            number * {"steps": 1, "epochs": self.steps_per_epoch, "share": self.steps}[unit]
        )
