"""Initializers with one planted bug each, and the check that must find it."""

from __future__ import annotations

import numpy as np

from framework import (
    Initializer,
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
