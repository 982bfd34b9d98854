"""A span: how long a run is, in steps and in epochs."""

from __future__ import annotations

from dataclasses import dataclass


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
