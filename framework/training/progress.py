"""Progress of training, as others see it: where a trainer stands, what an epoch's steps came to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from framework.components.base import Array


@dataclass(frozen=True)
class EpochSteps:
    """One epoch's steps: its number from 1, steps taken in all, seconds, mean loss of its steps."""

    number: int
    steps: int
    seconds: float
    batch_loss: float


@dataclass(frozen=True)
class Position:
    """Where a trainer stands, between two steps.

    Attributes
    ----------
    epoch : epochs whose steps are all taken.
    step : steps taken in the epoch under way.
    steps : steps taken in all.
    seconds : spent on the epoch under way.
    order : state of the generator that draws the rows' order, as the epoch under way began.
    """

    epoch: int
    step: int
    steps: int
    seconds: float
    order: Mapping[str, Any]


class Listener(Protocol):
    """Who is told of a trainer's progress, while it runs."""

    @property
    def every_step(self) -> bool:
        """Whether to report after every single step."""

    @property
    def gradients_ready(self) -> Callable[[int], None] | None:
        """What to call in each step between gradients and update, with the steps taken; or None."""

    def epoch_started(self, epoch: int) -> None:
        """Called when an epoch begins."""

    def steps_ended(self, step: int, losses: Array) -> None:
        """Called with the losses of the steps since the last report, `step` steps in all."""
