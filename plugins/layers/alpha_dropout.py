"""Dropout that keeps mean and variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Scalar, Shape, fraction, value

_SATURATION = -1.7580993408473766  # what SELU goes down to, −λ α


@dataclass(frozen=True)
class AlphaDropout(Layer):
    r"""Set a random share of all numbers to what SELU goes down to, and keep mean and variance.

        Y  = a (X K + α′ (1 − K)) + b        K: 1 with probability q = 1 − p, else 0
        a  = 1 / √(q + α′² q p),   b = −a p α′
        ∂X = a G K

    For inputs of mean 0 and variance 1, so behind `selu`. In inference nothing is changed.

    Plainly::

        kept_share = 1 - rate
        a = (kept_share + 1.7580993408473766**2 * kept_share * rate) ** -0.5
        b = a * rate * 1.7580993408473766
        y = a * np.where(kept, x, -1.7580993408473766) + b
        gx = a * g * kept

    Klambauer, Unterthiner, Mayr and Hochreiter, "Self-normalizing neural networks", 2017.

    >>> layer, x = AlphaDropout(rate=0.0), np.array([[1.0, -2.0]])
    >>> arrays = Arrays(**layer.scratch(x, x), rng=np.random.default_rng(0))
    >>> layer.forward(x, np.empty((1, 2)), arrays)
    array([[ 1., -2.]])

    Differs: nothing.
    """

    rate: Scalar = fraction(0.5, "probability of being replaced, p; a number or a schedule")

    in_place: ClassVar[bool] = True
    augments: ClassVar[bool] = True  # mean and variance stay, not each number on average

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {
            "drawn": np.empty(x.shape, np.float32),
            "kept": np.empty_like(x, bool),
            "factor": np.empty_like(x),
        }

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        if arrays.rng is None:
            np.copyto(out, x)
            return out
        rate = value(self.rate, arrays.step)
        a = (1 - rate + _SATURATION**2 * (1 - rate) * rate) ** -0.5
        arrays.rng.random(dtype=np.float32, out=arrays.drawn)
        np.greater_equal(arrays.drawn, rate, out=arrays.kept)
        np.copyto(arrays.factor, arrays.kept)
        np.multiply(arrays.factor, a, out=arrays.factor)
        np.multiply(x, arrays.factor, out=out)  # a X K
        np.less(arrays.drawn, rate, out=arrays.kept)
        np.add(out, a * _SATURATION, out=out, where=arrays.kept)
        np.subtract(out, a * rate * _SATURATION, out=out)
        np.logical_not(arrays.kept, out=arrays.kept)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        if arrays.rng is None:
            np.copyto(out, g)
            return out
        np.multiply(g, arrays.factor, out=out)
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x
