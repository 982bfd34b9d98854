"""Schedules with one planted bug each, and the check that must find it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from framework import (
    Schedule,
    TimedSchedule,
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


@caught_by("over", "over gave None, not a schedule")
class TellsNobody(Schedule):
    """Forgets to return."""

    def over(self, span):
        super().over(span)

    def at(self, step):
        return 0.1


@caught_by("over", "changed it to RemembersItsRun(steps=1200)")
@dataclass(frozen=True)
class RemembersItsRun(Schedule):
    """Writes its length into itself: a second run has that of the first."""

    steps: int | None = hyperparameter(None, "T", at_least=1)

    def over(self, span):
        object.__setattr__(self, "steps", span.steps)
        return self

    def at(self, step):
        return 0.1 / (1 + step / (self.steps or 1))


@caught_by("over", "telling it of another run changed what it gave for the first")
class LengthOfAllRuns(Schedule):
    """Keeps the length where every run's is."""

    steps: ClassVar[int] = 1

    def over(self, span):
        type(self).steps = span.steps
        return self

    def at(self, step):
        return 0.1 / (1 + step / self.steps)


@caught_by("determinism", "it raised KeyError")
@dataclass(frozen=True)
class NotInItsFields(Schedule):
    """What it was told is lost when it is copied, or read from a network's file."""

    factor: float = positive(0.9, "what is left after an epoch")

    def over(self, span):
        told = replace(self)
        object.__setattr__(told, "_epoch", span.steps_per_epoch)
        return told

    def at(self, step):
        return 0.1 * self.factor ** (step / vars(self)["_epoch"])


@caught_by("bound", "at(0) in a run of 1 steps raised ZeroDivisionError")
class DividesByLastStep(Schedule):
    """From first to last, for runs of more than one step."""

    last: ClassVar[int | None] = None

    def over(self, span):
        told = replace(self)
        object.__setattr__(told, "last", span.steps - 1)
        return told

    def at(self, step):
        return 0.1 * (1 - 0.5 * min(1.0, step / self.last))


@caught_by("bound", "at(1025) in a run of 1025 steps raised IndexError")
@dataclass(frozen=True)
class TableOfItsRun(Schedule):
    """A table with a value for every step, none for a figure after the last."""

    table: tuple[float, ...] = field(default=(), init=False)

    def over(self, span):
        told = replace(self)
        values = (0.1,) * (span.steps + 1 if span.steps < 1000 else span.steps)
        object.__setattr__(told, "table", values)
        return told

    def at(self, step):
        return self.table[step]


@caught_by("inside", "at(0) asks the schedule in 'inner', which was not told")
@dataclass(frozen=True)
class KeepsItToItself(Schedule):
    """Half of another schedule, which it leaves in the dark."""

    inner: Schedule = schedules.Staircase()

    def over(self, span):
        return self

    def at(self, step):
        return 0.5 * self.inner.at(step)


@caught_by("inside", "asks the schedule in 'parts', which was not told")
@dataclass(frozen=True)
class TellsNoneOfItsParts(Schedule):
    """The largest of some schedules."""

    parts: tuple[Schedule, ...] = (schedules.Staircase(), schedules.Staircase(first=0.01))

    def over(self, span):
        return self

    def at(self, step):
        return max(part.at(step) for part in self.parts)


@caught_by("length", "epochs=15 is not steps=600")
class EpochsAreSteps(TimedSchedule):
    """Takes a number of epochs for a number of steps."""

    def steps_of(self, span):
        return self.steps or round(self.epochs or (self.share or 1) * span.steps)

    def at(self, step):
        return 0.1 * (1 - 0.5 * min(1.0, step / self.length))


@caught_by("length", "without a length it is not as long as its run")
class ThousandSteps(TimedSchedule):
    """Has a length of its own where it is given none."""

    def steps_of(self, span):
        given = (self.steps, self.epochs, self.share)
        return 1000 if given == (None, None, None) else super().steps_of(span)

    def at(self, step):
        return 0.1 * (1 - 0.5 * min(1.0, step / self.length))


@caught_by("fields_are_read", "nothing reads 'steps', 'epochs', 'share'")
class DeafToItsLength(TimedSchedule):
    """A length that it never looks at."""

    def at(self, step):
        return 0.1 / (1 + step / 1000)
