"""The record of an epoch: what its steps and its evaluation came to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to.

    Attributes
    ----------
    number : from 1.
    steps : steps taken since training began.
    seconds : spent in this epoch's steps, evaluation apart.
    batch_loss : mean over the epoch's steps of the loss that was descended, penalties included.
    figures : every metric on every split measured, ``train_accuracy``, ``validation_loss``, ….
    """

    number: int
    steps: int
    seconds: float
    batch_loss: float
    figures: Mapping[str, float]

    @property
    def measured(self) -> bool:
        """Whether it was measured: `trainer.figures_every` leaves epochs out, all nan."""
        return not all(math.isnan(figure) for figure in self.figures.values())
