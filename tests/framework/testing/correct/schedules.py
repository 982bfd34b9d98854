"""Correct schedules, as third parties write them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from framework import (
    Schedule,
    Span,
    TimedSchedule,
    fraction,
    hyperparameter,
    non_negative,
    positive,
)


@dataclass(frozen=True)
class Staircase(Schedule):
    """s(t) = first · factor^⌊t / T⌋."""

    first: float = positive(0.1, "value at first")
    factor: float = fraction(0.5, "what is left after each stair")
    steps: int = hyperparameter(10, "steps on a stair, T", at_least=1)

    def at(self, step):
        return self.first * self.factor ** (step // self.steps)


@dataclass(frozen=True)
class WarmUp(Schedule):
    """From 0 up to a peak, then with the root of the step number down."""

    peak: float = positive(3.0, "largest value")
    steps: int = hyperparameter(100, "steps of the warm-up", at_least=1)

    def at(self, step):
        t = step + 1
        return self.peak * min(t / self.steps, (self.steps / t) ** 0.5)


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Up to a peak, down again, and on at the floor; Smith, 2018."""

    peak: float = positive(0.3, "largest value")
    floor: float = non_negative(0.0, "value at first and at last")
    up: int = hyperparameter(300, "steps up", at_least=0)
    down: int = hyperparameter(700, "steps down", at_least=0)

    def at(self, step):
        if step < self.up:
            return self.floor + (self.peak - self.floor) * step / self.up
        left = self.up + self.down - step
        return self.floor + (self.peak - self.floor) * max(left, 0) / max(self.down, 1)


@dataclass(frozen=True)
class Steps(Schedule):
    """A value for each stair."""

    borders: tuple[int, ...] = hyperparameter((1000, 5000), "steps at which the next one begins")
    values: tuple[float, ...] = hyperparameter((0.1, 0.01, 0.001), "the values", above=0)

    def __post_init__(self):
        if len(self.values) != len(self.borders) + 1:
            raise ValueError("values: expected one more than borders")

    def at(self, step):
        return self.values[sum(step >= border for border in self.borders)]


@dataclass(frozen=True)
class Root(Schedule):
    """s(t) = first / (1 + t / T)^p, p from 0, which is constant, to 1."""

    first: float = positive(0.1, "value at first")
    steps: int = hyperparameter(1000, "T", at_least=1)
    power: float = hyperparameter(0.5, "p", at_least=0, at_most=1)

    def at(self, step):
        return self.first / (1 + step / self.steps) ** self.power


@dataclass(frozen=True)
class ThenAnother(TimedSchedule):
    """Straight up from 0 to where another begins, which has what is left of the run."""

    then: Schedule = hyperparameter(Staircase(), "the other")

    def over(self, span):
        steps = self.steps_of(span)
        left = Span(max(1, span.steps - steps), span.steps_per_epoch)
        return replace(self, steps=steps, epochs=None, share=None, then=self.then.over(left))

    def at(self, step):
        if step < self.length:
            return self.then.at(0) * (step + 1) / (self.length + 1)
        return self.then.at(step - self.length)


@dataclass(frozen=True)
class ByEpochs(Schedule):
    """A value for each so many epochs, or steps; what it was told is in its fields."""

    every: float = positive(2.0, "epochs on a stair")
    steps: int | None = hyperparameter(None, "steps on a stair, instead", at_least=1)
    values: tuple[float, ...] = hyperparameter((0.1, 0.03, 0.01), "the values", above=0)

    def over(self, span):
        return replace(self, steps=self.steps or max(1, round(self.every * span.steps_per_epoch)))

    def at(self, step):
        return self.values[min(step // self.steps, len(self.values) - 1)]


@dataclass(frozen=True)
class Product(Schedule):
    """Several at once; all have the same run."""

    parts: tuple[Schedule, ...] = hyperparameter((Staircase(first=1.0), OneCycle()), "factors")

    def at(self, step):
        value = 1.0
        for part in self.parts:
            value *= part.at(step)
        return value
