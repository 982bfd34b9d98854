"""Exponential decay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from framework import TimedSchedule, fraction, positive


@dataclass(frozen=True)
class Exponential(TimedSchedule):
    r"""Fall by the same factor every so many steps, smoothly.

        s(t) = first · γ^(t / T)

    >>> Exponential(first=8.0, factor=0.5, steps=10).at(20)
    2.0

    By default T is an epoch.
    """

    first: float = positive(0.1, "value at the first step")
    factor: float = fraction(0.9, "what is left after T steps, γ")

    default_epochs: ClassVar[float | None] = 1.0

    def at(self, step: int) -> float:
        return float(self.first * self.factor ** (step / self.length))
