"""Decay with one over the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from framework import TimedSchedule, hyperparameter, positive


@dataclass(frozen=True)
class InverseTime(TimedSchedule):
    r"""Fall with one over the time.

        s(t) = first / (1 + d t / T)

    By default T is an epoch. Robbins and Monro, "A stochastic approximation method", 1951, need
    such a sum of rates without end, whose squares have one.

    >>> decay = InverseTime(first=0.5, rate=1.0, steps=10)
    >>> [decay.at(t) for t in (0, 10, 40)]
    [0.5, 0.25, 0.1]

    Differs: nothing from Keras' ``InverseTimeDecay``; PyTorch has none.
    """

    first: float = positive(0.1, "value at the first step")
    rate: float = positive(1.0, "how fast it falls, d")
    staircase: bool = hyperparameter(False, "fall every T steps, at once")

    default_epochs: ClassVar[float | None] = 1.0

    def at(self, step: int) -> float:
        time = step // self.length if self.staircase else step / self.length
        return self.first / (1 + self.rate * time)
