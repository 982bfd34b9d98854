"""Cosine decay, again and again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from framework import TimedSchedule, hyperparameter, non_negative, positive


@dataclass(frozen=True)
class CosineRestarts(TimedSchedule):
    r"""Fall along half a cosine, and begin again; each time it may take longer.

        s(t) = last + (first − last) (1 + cos(π tᵢ / Tᵢ)) / 2        T₀ = T, Tᵢ₊₁ = growth Tᵢ

    tᵢ are the steps since the last restart; by default T is ten epochs. Loshchilov and Hutter,
    "SGDR: stochastic gradient descent with warm restarts", 2017.

    >>> restarts = CosineRestarts(first=1.0, steps=2, growth=2)
    >>> [restarts.at(t) for t in (0, 1, 2, 4, 6)]
    [1.0, 0.5, 1.0, 0.5, 1.0]

    Differs: nothing from PyTorch's ``CosineAnnealingWarmRestarts`` stepped at each minibatch.
    """

    first: float = positive(0.1, "value at the first step, and at each restart")
    last: float = non_negative(0.0, "value ahead of a restart")
    growth: int = hyperparameter(1, "times that a period is as long as the one before", at_least=1)

    default_epochs: ClassVar[float | None] = 10.0

    def at(self, step: int) -> float:
        period, since = self.length, step
        if self.growth == 1:
            since = step % period
        while since >= period:
            since -= period
            period *= self.growth
        share = since / period
        return self.last + (self.first - self.last) * (1 + math.cos(math.pi * share)) / 2
