"""Dropout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Scalar, Shape, fraction, value


@dataclass(frozen=True)
class Dropout(Layer):
    r"""Set a random share of all numbers to 0 in training, and make up for it with the others.

        Y  = X K / (1 − p)        K: 1 with probability 1 − p, else 0; anew for each batch
        ∂X = G K / (1 − p)

    In inference nothing is changed.

    Plainly::

        y = x * kept / (1 - rate)
        gx = g * kept / (1 - rate)

    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: a simple way to prevent
    neural networks from overfitting", 2014.

    >>> layer, x = Dropout(rate=0.5), np.ones((1, 6))
    >>> arrays = Arrays(**layer.scratch(x, x), rng=np.random.default_rng(0))
    >>> layer.forward(x, np.empty((1, 6)), arrays)  # each is 0, or twice what it was
    array([[2., 2., 2., 0., 0., 0.]])

    Differs: nothing.
    """

    rate: Scalar = fraction(0.5, "probability of being set to 0, p; a number or a schedule")

    in_place: ClassVar[bool] = True

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
        arrays.rng.random(dtype=np.float32, out=arrays.drawn)
        np.greater_equal(arrays.drawn, rate, out=arrays.kept)
        np.copyto(arrays.factor, arrays.kept)
        np.multiply(arrays.factor, 1 / (1 - rate), out=arrays.factor)
        np.multiply(x, arrays.factor, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        if arrays.rng is None:
            np.copyto(out, g)
            return out
        np.multiply(g, arrays.factor, out=out)
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x
