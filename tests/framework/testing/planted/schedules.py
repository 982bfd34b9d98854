"""Schedules with one planted bug each, and the check that must find it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    Schedule,
    hyperparameter,
    positive,
)
from tests.framework.testing.correct import schedules
from tests.framework.testing.planted.mark import caught_by


@caught_by("numbers", "at(0) is inf")
class NanAtFirst(Schedule):
    """Divides by the step number."""

    def at(self, step):
        return float(np.float64(1.0) / step)


@caught_by("numbers", "at(3) raised IndexError: list index out of range")
class NotFromZero(Schedule):
    """A table that ends."""

    def at(self, step):
        return [0.1, 0.05, 0.01][step]


@caught_by("numbers", "at(0) gave ndarray, not a float")
class GivesAnArrayToo(Schedule):
    """A number in an array."""

    def at(self, step):
        return np.full(1, 0.1)


@caught_by("determinism", "at(10000000) gave 0.001", "when asked in another order")
class CountsItself(Schedule):
    """Ignores the step it is asked for."""

    calls: ClassVar[list[int]] = []

    def at(self, step):
        self.calls.append(step)
        return 0.1 / len(self.calls)


@caught_by("trains", "two runs from the same seed ended with different bytes")
@caught_by("determinism", "at(10000000) gave 0.1", "when asked in another order")
class Jitters(Schedule):
    """Random."""

    def at(self, step):
        return 0.1 + 0.01 * np.random.random()


@caught_by("no_growth", "calls of at left")
class ScheduleWithAHistory(schedules.Staircase):
    seen: ClassVar[dict[int, float]] = {}

    def at(self, step):
        return self.seen.setdefault(step, super().at(step))


@caught_by("sign", "at(133) is -0.033")
class FallsBelowZero(Schedule):
    """A straight line that does not stop."""

    def at(self, step):
        return 0.1 - 0.001 * step


@caught_by("numbers", "at(10000000) raised OverflowError")
@dataclass(frozen=True)
class OverflowsLate(Schedule):
    """s(t) = first · exp(t / T) / exp(t / T)."""

    steps: int = hyperparameter(2000, "T", at_least=1)

    def at(self, step):
        return 0.1 * math.exp(step / self.steps) / math.exp(step / self.steps)


@caught_by("numbers", "at(10000000) raised OverflowError")
class GrowsVeryLate(Schedule):
    """A tiny rate of growth."""

    def at(self, step):
        return 0.1 * 1.0001**step


@caught_by("numbers", "at(777) raised ZeroDivisionError")
@dataclass(frozen=True)
class DividesAtItsEnd(Schedule):
    """s(t) = 0.1 / (T − t), until T."""

    steps: int = hyperparameter(777, "T", at_least=1)

    def at(self, step):
        return 0.1 if step > self.steps else 0.1 / (self.steps - step)


@caught_by("numbers", "at(800) raised ZeroDivisionError")
@dataclass(frozen=True)
class DividesBetweenItsParts(Schedule):
    """A warm-up, then a decay; it divides by 0 where one ends and the other begins."""

    warm: int = hyperparameter(300, "steps of the warm-up", at_least=1)
    steps: int = hyperparameter(500, "steps after it", at_least=1)

    def at(self, step):
        if step < self.warm:
            return 0.1 * (step + 1) / self.warm
        left = self.warm + self.steps - step
        return 0.1 / left if left >= 0 else 0.0


@caught_by("numbers", "at(9000) raised IndexError: tuple index out of range")
@dataclass(frozen=True)
class TableTooShort(Schedule):
    """A value for each stair, one too few."""

    stairs: tuple[int, ...] = hyperparameter((5000, 9000), "where each begins", at_least=1)

    def at(self, step):
        return (0.1, 0.01)[sum(step >= s for s in self.stairs)]


@caught_by("sign", "at(200001) is -5.0")
@dataclass(frozen=True)
class FallsBelowZeroLate(Schedule):
    """A straight line that does not stop at T."""

    steps: int = hyperparameter(200_000, "T", at_least=1)

    def at(self, step):
        return 0.1 * (1 - step / self.steps)


@caught_by("ranges", "with warm=0, which its range allows, it raised ZeroDivisionError")
@dataclass(frozen=True)
class NeedsAWarmUp(Schedule):
    """Divides by the length of a warm-up that may be 0."""

    warm: int = hyperparameter(100, "steps of the warm-up", at_least=0)

    def at(self, step):
        return 0.1 * min(1.0, step / self.warm)


@caught_by("ranges", "with factor=0, which its range allows, it raised ValueError")
@dataclass(frozen=True)
class LogOfTheFactor(Schedule):
    """Computes a power by a logarithm."""

    factor: float = hyperparameter(0.5, "what is left", at_least=0, below=1)

    def at(self, step):
        return 0.1 * math.exp(math.log(self.factor) * (step / 1000))


@caught_by("fields_are_read", "nothing reads 'last': whatever it says, nothing changes")
@dataclass(frozen=True)
class NeverReachesItsLast(Schedule):
    """A field that it forgets."""

    first: float = positive(0.1, "value at first")
    last: float = positive(0.01, "value at last")

    def at(self, step):
        return self.first / (1 + step)
