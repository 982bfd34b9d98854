"""Cosine decay."""

from __future__ import annotations

import math
from dataclasses import dataclass

from framework import TimedSchedule, non_negative, positive


@dataclass(frozen=True)
class Cosine(TimedSchedule):
    r"""Fall along half a cosine, and stay at the end.

        s(t) = last + (first − last) (1 + cos(π min(t, T) / T)) / 2

    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017.

    >>> [Cosine(first=1.0, steps=2).at(t) for t in (0, 1, 2, 9)]
    [1.0, 0.5, 0.0, 0.0]
    """

    first: float = positive(0.1, "value at the first step")
    last: float = non_negative(0.0, "value from step T on")

    def at(self, step: int) -> float:
        share = min(step, self.length) / self.length
        return self.last + (self.first - self.last) * (1 + math.cos(math.pi * share)) / 2

    def span(self) -> int:
        return self.length
