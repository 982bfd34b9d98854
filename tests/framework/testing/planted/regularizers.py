"""Regularizers with one planted bug each, and the check that must find it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    Regularizer,
    non_negative,
)
from tests.framework.testing.planted.mark import caught_by


@dataclass(frozen=True)
class Squares(Regularizer):
    """penalty = a Σ W²."""

    strength: float = non_negative(0.0, "a")

    def penalty(self, w, scratch):
        return self.strength * float(np.sum(w * w))

    def add_gradient(self, w, g, scratch):
        g += 2 * self.strength * w


@caught_by("gradient")
class ForgetsTheTwo(Squares):
    def add_gradient(self, w, g, scratch):
        g += self.strength * w


@caught_by("gradient")
class Subtracts(Squares):
    def add_gradient(self, w, g, scratch):
        g -= 2 * self.strength * w


@caught_by("adds")
class Overwrites(Squares):
    def add_gradient(self, w, g, scratch):
        g[...] = 2 * self.strength * w


@caught_by("weights_are_left_alone")
class ShrinksTheWeights(Squares):
    def penalty(self, w, scratch):
        w *= w
        return self.strength * float(np.sum(w))


@caught_by("decay")
class DecayIsAnother(Squares):
    def decay(self):
        return self.strength


@caught_by("decay")
class DecayOfNothing(Squares):
    def decay(self):
        return 0.0


@caught_by("decay")
class DecayWithMoreToPay(Squares):
    def penalty(self, w, scratch):
        return super().penalty(w, scratch) + 1.0

    def decay(self):
        return 2 * self.strength


@caught_by("penalty")
class Rewards(Squares):
    def penalty(self, w, scratch):
        return -super().penalty(w, scratch)


@caught_by("trains")
@caught_by("penalty")
class GivesAnArray(Squares):
    def penalty(self, w, scratch):
        return self.strength * w * w


@caught_by("layouts")
class WritesToACopyOfG(Squares):
    def add_gradient(self, w, g, scratch):
        flat = g.reshape(-1)
        flat += 2 * self.strength * w.reshape(-1)


@caught_by("dtypes")
class PenaltyInHalfPrecision(Squares):
    def add_gradient(self, w, g, scratch):
        super().add_gradient(w.astype(np.float16) * 1.01 if w.itemsize == 4 else w, g, scratch)


@caught_by("determinism")
class PenaltyByChance(Squares):
    def penalty(self, w, scratch):
        return super().penalty(w, scratch) + np.random.random()


@caught_by("no_growth")
class PenaltyWithAHistory(Squares):
    seen: ClassVar[list[float]] = []

    def penalty(self, w, scratch):
        self.seen.append(super().penalty(w, scratch))
        return self.seen[-1]
