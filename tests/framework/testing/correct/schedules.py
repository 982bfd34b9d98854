"""Correct schedules, as third parties write them."""

from __future__ import annotations

from dataclasses import dataclass

from framework import (
    Schedule,
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
