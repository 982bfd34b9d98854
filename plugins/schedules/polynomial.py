"""Polynomial decay."""

from __future__ import annotations

from dataclasses import dataclass

from framework import TimedSchedule, non_negative, positive


@dataclass(frozen=True)
class Polynomial(TimedSchedule):
    r"""Go from one value to another along a power of what is left, and stay there.

        s(t) = last + (first − last) (1 − min(t, T) / T)^p

    p = 1 is a straight line. Chen et al., "DeepLab", 2016, had p = 0.9.

    >>> square = Polynomial(first=8.0, power=2.0, steps=4)
    >>> [square.at(t) for t in (0, 2, 4, 9)]
    [8.0, 2.0, 0.0, 0.0]

    Differs: PyTorch's ``PolynomialLR`` always goes to 0.
    """

    first: float = positive(0.1, "value at the first step")
    last: float = non_negative(0.0, "value from step T on")
    power: float = positive(1.0, "the power p")

    def at(self, step: int) -> float:
        left = 1 - min(step, self.length) / self.length
        return float(self.last + (self.first - self.last) * left**self.power)

    def span(self) -> int:
        return self.length
