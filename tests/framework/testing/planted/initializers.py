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


@caught_by("moments")
class ScaleAsMean(Initializer):
    """Thinc's old bug: the scale is the mean."""

    def draw(self, rng, shape):
        return rng.normal(0.1, 1e-4, shape)


@caught_by("moments")
class OneRowForAll(Initializer):
    """Every row is the first."""

    def draw(self, rng, shape):
        return np.broadcast_to(rng.standard_normal(shape[-1]), shape).copy()


@caught_by("moments")
class HalfEmpty(Initializer):
    """Fills half of the rows."""

    def draw(self, rng, shape):
        w = rng.standard_normal(shape)
        w[: len(w) // 2] = 0
        return w


@caught_by("trains")
@caught_by("seeds")
class DrawsGlobally(Initializer):
    """np.random instead of the generator."""

    def draw(self, rng, shape):
        return np.random.standard_normal(shape)


@caught_by("draws_differ")
class SeedsItself(Initializer):
    """A seed of its own."""

    def draw(self, rng, shape):
        return np.random.default_rng(0).standard_normal(shape)


@caught_by("shapes")
class Transposed(Initializer):
    """The shape the other way round."""

    def draw(self, rng, shape):
        return rng.standard_normal(shape[::-1])


@caught_by("shapes")
class MatricesOnly(Initializer):
    """Nothing but matrices."""

    def draw(self, rng, shape):
        fan_in, fan_out = shape
        return rng.standard_normal((fan_in, fan_out))


@caught_by("shapes")
class InfiniteWhereSmall(Initializer):
    """Divides by fan-in − 1."""

    def draw(self, rng, shape):
        return rng.standard_normal(shape) / np.float64(shape[0] - 1)


@caught_by("shapes", "float16")
class HalfPrecision(Initializer):
    """Weights of eleven bits."""

    def draw(self, rng, shape):
        return rng.standard_normal(shape).astype(np.float16)


@caught_by("fields_are_read", "'deviation'")
@dataclass(frozen=True)
class DeviationOfItsOwn(Initializer):
    """A field that it forgets."""

    deviation: float = positive(0.05, "deviation")

    def draw(self, rng, shape):
        return 0.05 * rng.standard_normal(shape)


@caught_by("moments", "deviation")
@dataclass(frozen=True)
class WideningRows(Initializer):
    """Right at the default only: else the deviation grows from row to row."""

    growth: float = positive(1.0, "factor of the deviation from first row to last")

    def draw(self, rng, shape):
        w = rng.standard_normal(shape)
        return w * np.linspace(1, self.growth**4, len(w)).reshape(-1, *[1] * (w.ndim - 1))


@caught_by("moments", "mean")
@dataclass(frozen=True)
class SpreadOnOneSide(Initializer):
    """W from −0.1 to b: even by default only."""

    bound: float = positive(0.1, "b")

    def draw(self, rng, shape):
        return rng.uniform(-0.1, self.bound, shape)


@caught_by("ranges", "with gain=0")
@dataclass(frozen=True)
class DividesByTheGain(Initializer):
    """W ~ N(0, 1 / g²)."""

    gain: float = hyperparameter(1.0, "g", at_least=0)

    def draw(self, rng, shape):
        return rng.standard_normal(shape) / np.float64(self.gain)
