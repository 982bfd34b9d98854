"""Regularizers with one planted bug each, and the check that must find it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    Regularizer,
    non_negative,
    positive,
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


@caught_by(
    "gradient",
    "the gradient for weights (5, 4) of size 1",
    ": 0.5 times what it should be, everywhere",
)
class ForgetsTheTwo(Squares):
    def add_gradient(self, w, g, scratch):
        g += self.strength * w


@caught_by(
    "gradient",
    "the gradient for weights (5, 4) of size 1",
    ": -1 times what it should be, everywhere",
)
class Subtracts(Squares):
    def add_gradient(self, w, g, scratch):
        g -= 2 * self.strength * w


@caught_by("adds", "where the gradient was 5, it left 0; expected 5")
class Overwrites(Squares):
    def add_gradient(self, w, g, scratch):
        g[...] = 2 * self.strength * w


@caught_by("weights_are_left_alone", "penalty changed 'w'")
class ShrinksTheWeights(Squares):
    def penalty(self, w, scratch):
        w *= w
        return self.strength * float(np.sum(w))


@caught_by("l2_coefficient", "the gradient is off from 0.3 w by 1.0e+00 of its size")
class DecayIsAnother(Squares):
    def l2_coefficient(self):
        return self.strength


@caught_by("l2_coefficient", "the gradient is off from 0.0 w by 1.9e+04 of its size")
class DecayOfNothing(Squares):
    def l2_coefficient(self):
        return 0.0


@caught_by("l2_coefficient", "the penalty is 1, not 0.0 / 2 Σ w², 0")
class DecayWithMoreToPay(Squares):
    def penalty(self, w, scratch):
        return super().penalty(w, scratch) + 1.0

    def l2_coefficient(self):
        return 2 * self.strength


@caught_by("penalty", "for weights (5, 4) it gave -2.007")
class Rewards(Squares):
    def penalty(self, w, scratch):
        return -super().penalty(w, scratch)


@caught_by("trains", "raised ValueError", "broadcast together with shapes (6,6) (6,3)")
@caught_by("penalty", "for weights (5, 4) it gave ndarray, not a float")
class GivesAnArray(Squares):
    def penalty(self, w, scratch):
        return self.strength * w * w


@caught_by("layouts", "the gradient is another one, laid out as padded rows")
class WritesToACopyOfG(Squares):
    def add_gradient(self, w, g, scratch):
        flat = g.reshape(-1)
        flat += 2 * self.strength * w.reshape(-1)


@caught_by("dtypes", "the gradient in float32 is off by 9.9e-03")
class PenaltyInHalfPrecision(Squares):
    def add_gradient(self, w, g, scratch):
        super().add_gradient(w.astype(np.float16) * 1.01 if w.itemsize == 4 else w, g, scratch)


@caught_by("determinism", "a penalty draws from the global generator (np.random.… or random.…)")
class PenaltyByChance(Squares):
    def penalty(self, w, scratch):
        return super().penalty(w, scratch) + np.random.random()


@caught_by("no_growth", "calls of penalty and add_gradient left")
class PenaltyWithAHistory(Squares):
    seen: ClassVar[list[float]] = []

    def penalty(self, w, scratch):
        self.seen.append(super().penalty(w, scratch))
        return self.seen[-1]


@caught_by("zeros", "20 of 20 are not, where all of (5, 4) is 0")
class NormNotSquared(Squares):
    """penalty = a ‖W‖."""

    def penalty(self, w, scratch):
        return self.strength * float(np.linalg.norm(w))

    def add_gradient(self, w, g, scratch):
        if self.strength:
            g += self.strength * w / np.linalg.norm(w)


@caught_by("zeros", "4 of 20 are not, where one row of (5, 4) is 0")
class GroupsOfRows(Squares):
    """penalty = a Σ ‖row‖."""

    def penalty(self, w, scratch):
        return self.strength * float(np.sqrt((w.reshape(len(w), -1) ** 2).sum(axis=1)).sum())

    def add_gradient(self, w, g, scratch):
        rows = w.reshape(len(w), -1)
        norms = np.sqrt((rows**2).sum(axis=1, keepdims=True)) + (not w.any())
        g += self.strength * (rows / norms).reshape(w.shape)


@caught_by("zeros", "20 of 20 are not, where all of (5, 4) is 0")
class RootOfEach(Squares):
    """penalty = a Σ √|W|."""

    def penalty(self, w, scratch):
        return self.strength * float(np.sqrt(np.abs(w)).sum())

    def add_gradient(self, w, g, scratch):
        g += self.strength * np.sign(w) / (2 * np.sqrt(np.abs(w)))


@caught_by("gradient", "the gradient for weights (5, 4) of size 12 is off by 4.8e-01 of its size")
class CutsOffAtFive(Squares):
    def add_gradient(self, w, g, scratch):
        g += 2 * self.strength * np.clip(w, -5, 5)


@caught_by("gradient", "the gradient for weights (5, 4) of size 1 is off by 4.1e-01 of its size")
@dataclass(frozen=True)
class PowerOfTheDefault(Regularizer):
    """penalty = Σ |W|^p."""

    power: float = positive(2.0, "p")

    def penalty(self, w, scratch):
        return float((np.abs(w) ** self.power).sum())

    def add_gradient(self, w, g, scratch):
        g += 2 * w


@caught_by("gradient", "the gradient for weights (5, 4) of size 1 is off by 1.2e-01 of its size")
@dataclass(frozen=True)
class OneStrengthForBoth(Regularizer):
    """penalty = a Σ |W| + b Σ W², with the same number for a and b by default."""

    absolute: float = non_negative(0.1, "a")
    square: float = non_negative(0.1, "b")

    def penalty(self, w, scratch):
        return float(self.absolute * np.abs(w).sum() + self.square * (w * w).sum())

    def add_gradient(self, w, g, scratch):
        g += self.absolute * np.sign(w) + 2 * self.absolute * w + 0 * self.square


@caught_by("l2_coefficient", "the gradient is off from 0.6 w by 5.6e-01 of its size")
class DecayOfSmallWeights(Squares):
    def add_gradient(self, w, g, scratch):
        g += 2 * self.strength * np.clip(w, -4, 4)

    def l2_coefficient(self):
        return 2 * self.strength


@caught_by(
    "fields_are_read", "whatever 'strength' says, it computes the same: 13 other values tried"
)
class StrengthOfItsOwn(Squares):
    def penalty(self, w, scratch):
        return 0.01 * float(np.sum(w * w))

    def add_gradient(self, w, g, scratch):
        g += 0.02 * w


@caught_by(
    "ranges",
    "with power=0, which its range allows, the penalty for weights of size 0.3 is infinite",
)
@dataclass(frozen=True)
class DividesByThePower(Regularizer):
    """penalty = Σ |W|^p / p."""

    power: float = non_negative(2.0, "p")

    def penalty(self, w, scratch):
        return float((np.abs(w) ** self.power).sum() / np.float64(self.power))

    def add_gradient(self, w, g, scratch):
        g += np.sign(w) * np.abs(w) ** (self.power - 1)
