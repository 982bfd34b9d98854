"""One cycle: up, and down below where it began."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from framework import TimedSchedule, hyperparameter, non_negative, positive


@dataclass(frozen=True)
class OneCycle(TimedSchedule):
    r"""Go from a first value to a peak, and on to a last one, once in the run.

        s(t) = first → peak     until step rise · T − 1
        s(t) = peak → last      until step T − 1, and stay

    Along half cosines, or straight. A learning rate begins at peak / 25 and ends at first / 10⁴;
    the momentum that goes with it (`schedule/one_cycle_momentum`) falls and rises again, .95 → .85
    → .95.

    Smith and Topin, "Super-convergence", 2018.

    >>> cycle = OneCycle(peak=1.0, first=0.0, last=0.5, rise=0.5, shape="linear", steps=10)
    >>> [cycle.at(t) for t in (0, 2, 4, 9, 20)]
    [0.0, 0.5, 1.0, 0.5, 0.5]

    Differs: nothing from PyTorch's ``OneCycleLR`` with two phases, but that that one ends with T.
    """

    peak: float = positive(0.1, "the value that it goes to first")
    first: float | None = non_negative(None, "value at the first step; null: peak / 25")
    last: float | None = non_negative(None, "value from step T − 1 on; null: first / 10,000")
    rise: float = hyperparameter(0.3, "share of T until the peak", at_least=0, at_most=1)
    shape: Literal["cosine", "linear"] = hyperparameter("cosine", "how it goes between them")

    def at(self, step: int) -> float:
        first = self.peak / 25 if self.first is None else self.first
        last = first / 10_000 if self.last is None else self.last
        top, end = self.rise * self.length - 1, self.length - 1
        if step <= top:
            return self._between(first, self.peak, step / top if top else 1.0)
        return self._between(
            self.peak, last, min(1.0, (step - top) / (end - top)) if end > top else 1.0
        )

    def _between(self, a: float, b: float, share: float) -> float:
        if self.shape == "linear":
            return a + (b - a) * share
        return b + (a - b) * (1 + math.cos(math.pi * share)) / 2

    def span(self) -> int:
        return self.length
