"""Correct schedules, as third parties write them."""

from __future__ import annotations

from dataclasses import dataclass

from framework import (
    Schedule,
    fraction,
    positive,
    setting,
)


@dataclass(frozen=True)
class Staircase(Schedule):
    """s(t) = first · factor^⌊t / T⌋."""

    first: float = positive(0.1, "value at first")
    factor: float = fraction(0.5, "what is left after each stair")
    steps: int = setting(10, "steps on a stair, T", at_least=1)

    def at(self, step):
        return self.first * self.factor ** (step // self.steps)


@dataclass(frozen=True)
class WarmUp(Schedule):
    """From 0 up to a peak, then with the root of the step number down."""

    peak: float = positive(3.0, "largest value")
    steps: int = setting(100, "steps of the warm-up", at_least=1)

    def at(self, step):
        t = step + 1
        return self.peak * min(t / self.steps, (self.steps / t) ** 0.5)
