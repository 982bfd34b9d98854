"""Initializers with one planted bug each, and the check that must find it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import (
    Initializer,
    hyperparameter,
    positive,
)
from tests.framework.testing.planted.mark import caught_by


@caught_by("moments", "have mean 0.1 and deviation 9.9")
class ScaleAsMean(Initializer):
    """Thinc's old bug: the scale is the mean."""

    def draw(self, rng, shape):
        return rng.normal(0.1, 1e-4, shape)


@caught_by("moments", "400 × 300 weights have mean -0.1028 and deviation 0.9216")
class OneRowForAll(Initializer):
    """Every row is the first."""

    def draw(self, rng, shape):
        return np.broadcast_to(rng.standard_normal(shape[-1]), shape).copy()


@caught_by("moments", "the first half of the rows has deviation 0, the second 1.001")
class HalfEmpty(Initializer):
    """Fills half of the rows."""

    def draw(self, rng, shape):
        w = rng.standard_normal(shape)
        w[: len(w) // 2] = 0
        return w


@caught_by("trains", "two runs from the same seed ended with different bytes")
@caught_by("seeds", "draw draws from the global generator (np.random.… or random.…)")
class DrawsGlobally(Initializer):
    """np.random instead of the generator."""

    def draw(self, rng, shape):
        return np.random.standard_normal(shape)


@caught_by("draws_differ", "two seeds give the same weights, of 120,000 values")
class SeedsItself(Initializer):
    """A seed of its own."""

    def draw(self, rng, shape):
        return np.random.default_rng(0).standard_normal(shape)


@caught_by("shapes", "for (5, 3) it gave the shape (3, 5)")
class Transposed(Initializer):
    """The shape the other way round."""

    def draw(self, rng, shape):
        return rng.standard_normal(shape[::-1])


@caught_by("shapes", "it raised ValueError: not enough values to unpack (expected 2, got 1)")
class MatricesOnly(Initializer):
    """Nothing but matrices."""

    def draw(self, rng, shape):
        fan_in, fan_out = shape
        return rng.standard_normal((fan_in, fan_out))


@caught_by("shapes", "for (1, 1) some numbers are not finite")
class InfiniteWhereSmall(Initializer):
    """Divides by fan-in − 1."""

    def draw(self, rng, shape):
        return rng.standard_normal(shape) / np.float64(shape[0] - 1)


@caught_by("shapes", "for (1, 1) it gave float16, not float32 or float64")
class HalfPrecision(Initializer):
    """Weights of eleven bits."""

    def draw(self, rng, shape):
        return rng.standard_normal(shape).astype(np.float16)


@caught_by("fields_are_read", "nothing reads 'deviation': whatever it says, nothing changes")
@dataclass(frozen=True)
class DeviationOfItsOwn(Initializer):
    """A field that it forgets."""

    deviation: float = positive(0.05, "deviation")

    def draw(self, rng, shape):
        return 0.05 * rng.standard_normal(shape)


@caught_by("moments", "the first half of the rows has deviation 2.09, the second 4.097")
@dataclass(frozen=True)
class WideningRows(Initializer):
    """Right at the default only: else the deviation grows from row to row."""

    growth: float = positive(1.0, "factor of the deviation from first row to last")

    def draw(self, rng, shape):
        w = rng.standard_normal(shape)
        return w * np.linspace(1, self.growth**4, len(w)).reshape(-1, *[1] * (w.ndim - 1))


@caught_by("moments", "400 × 300 weights have mean 0.09505 and deviation 0.1126")
@dataclass(frozen=True)
class SpreadOnOneSide(Initializer):
    """W from −0.1 to b: even by default only."""

    bound: float = positive(0.1, "b")

    def draw(self, rng, shape):
        return rng.uniform(-0.1, self.bound, shape)


@caught_by("ranges", "with gain=0, which its range allows, 1200 of 1200 numbers", "are infinite")
@dataclass(frozen=True)
class DividesByTheGain(Initializer):
    """W ~ N(0, 1 / g²)."""

    gain: float = hyperparameter(1.0, "g", at_least=0)

    def draw(self, rng, shape):
        return rng.standard_normal(shape) / np.float64(self.gain)


class _Drawn(Initializer):
    def draw(self, rng, shape):
        return rng.standard_normal(shape)


@caught_by("biases", "for weights (5, 3) it gave the shape (5,)")
class BiasOfInputs(_Drawn):
    """A bias for each input."""

    def draw_bias(self, rng, shape, weights):
        return rng.standard_normal(weights[0])


@caught_by("biases", "for weights (1, 1) some numbers are not finite")
class BiasOverNothing(_Drawn):
    """Divides by fan-in less one."""

    def draw_bias(self, rng, shape, weights):
        with np.errstate(divide="ignore"):
            return np.full(shape, np.float64(1) / (weights[0] - 1))


@caught_by("biases", "for weights (1, 1) the same seed gave other numbers")
class BiasOfItsOwn(_Drawn):
    """A generator of its own."""

    def draw_bias(self, rng, shape, weights):
        return np.random.default_rng().standard_normal(shape)
