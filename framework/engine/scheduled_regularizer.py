"""Regularizers whose numbers are schedules: what formulas see are the numbers of the step.

A regularizer's formulas know nothing of steps. In a network one whose strength is a schedule is
this instead: its penalty and gradient are those of a copy with the numbers of the present step,
which the network's clock says (`Graph.clock`). So its gradient is always written down, and never
fused into an update.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from framework.components.base import Array
from framework.components.regularizer import Regularizer
from framework.components.schedule import at_step


@dataclass
class _Present:
    """The copy for a step, made when the step is another."""

    step: int
    regularizer: Regularizer


@dataclass(frozen=True)
class ScheduledRegularizer(Regularizer):
    """A regularizer with numbers that change, and the clock that says where they are."""

    scheduled: Regularizer
    clock: Array = field(compare=False, repr=False)
    _now: _Present = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_now", _Present(0, at_step(self.scheduled, 0)))

    def penalty(self, w: Array, scratch: Array) -> float:
        return self._present().penalty(w, scratch)

    def add_gradient(self, w: Array, g: Array, scratch: Array) -> None:
        self._present().add_gradient(w, g, scratch)

    def _present(self) -> Regularizer:
        step = int(self.clock[0])
        if step != self._now.step:
            self._now.step, self._now.regularizer = step, at_step(self.scheduled, step)
        return self._now.regularizer


def following(regularizer: Regularizer, clock: Array) -> Regularizer:
    """Return a regularizer that follows a clock; itself where it holds no schedule."""
    if isinstance(regularizer, ScheduledRegularizer):
        regularizer = regularizer.scheduled  # of the network that this one is a copy of
    elif at_step(regularizer, 0) is regularizer:
        return regularizer
    return ScheduledRegularizer(regularizer, clock)
