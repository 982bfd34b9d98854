"""Correct initializers, as third parties write them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import (
    Initializer,
    fans,
    positive,
)


@dataclass(frozen=True)
class Orthogonal(Initializer):
    """Saxe et al., 2014."""

    gain: float = positive(1.0, "size")

    def draw(self, rng, shape):
        fan_in, fan_out = fans(shape)
        a = rng.standard_normal((max(fan_in, fan_out), min(fan_in, fan_out)))
        q, r = np.linalg.qr(a)
        q *= np.sign(np.diag(r))
        return self.gain * (q if fan_in >= fan_out else q.T).reshape(shape)


@dataclass(frozen=True)
class IdentityMatrix(Initializer):
    """W = I."""

    def draw(self, rng, shape):
        return np.eye(*fans(shape)).reshape(shape)


@dataclass(frozen=True)
class Sparse(Initializer):
    """Martens, 2010: all but a few weights of a unit are 0."""

    def draw(self, rng, shape):
        return rng.standard_normal(shape) * (rng.random(shape) < 0.1)


@dataclass(frozen=True)
class Truncated(Initializer):
    """W ~ N(0, σ²), drawn again beyond 2 σ."""

    deviation: float = positive(0.05, "deviation")

    def draw(self, rng, shape):
        w = rng.standard_normal(shape)
        while (far := np.abs(w) > 2).any():
            w[far] = rng.standard_normal(int(far.sum()))
        return (self.deviation * w).astype(np.float32)
