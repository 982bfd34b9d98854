"""A staircase of equal steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from framework import TimedSchedule, fraction, positive


@dataclass(frozen=True)
class Step(TimedSchedule):
    r"""Fall by the same factor every so many steps, at once.

        s(t) = first · γ^⌊t / T⌋

    By default T is ten epochs.

    >>> staircase = Step(first=8.0, factor=0.5, steps=10)
    >>> [staircase.at(t) for t in (0, 9, 10, 25)]
    [8.0, 8.0, 4.0, 2.0]

    Differs: nothing from PyTorch's ``StepLR``, but that one has no T by default.
    """

    first: float = positive(0.1, "value at the first step")
    factor: float = fraction(0.1, "what is left after T steps, γ")

    default_epochs: ClassVar[float | None] = 10.0

    def at(self, step: int) -> float:
        return float(self.first * self.factor ** (step // self.length))
