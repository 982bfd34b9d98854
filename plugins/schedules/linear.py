"""A straight line."""

from __future__ import annotations

from dataclasses import dataclass

from framework import TimedSchedule, non_negative


@dataclass(frozen=True)
class Linear(TimedSchedule):
    r"""Go from one value to another in a straight line, and stay there: a warm-up or a cool-down.

        s(t) = first + (last − first) · min(t, T) / T

    >>> [Linear(first=0.0, last=1.0, steps=4).at(t) for t in (0, 1, 4, 9)]
    [0.0, 0.25, 1.0, 1.0]
    """

    first: float = non_negative(0.0, "value at the first step")
    last: float = non_negative(0.1, "value from step T on")

    def at(self, step: int) -> float:
        return self.first + (self.last - self.first) * min(step, self.length) / self.length

    def span(self) -> int:
        return self.length
