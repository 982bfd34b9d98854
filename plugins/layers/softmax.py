"""The softmax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Shape


@dataclass(frozen=True)
class Softmax(Layer):
    r"""Make each sample's numbers positive, with the sum 1, along the last axis.

        Y  = exp(X) / Σ exp(X)
        ∂X = Y (G − Σ G Y)

    Plainly::

        e = np.exp(x - x.max(axis=-1, keepdims=True))
        y = e / e.sum(axis=-1, keepdims=True)
        gx = y * (g - (g * y).sum(axis=-1, keepdims=True))

    Bridle, "Probabilistic interpretation of feedforward classification network outputs", 1990.
    Ahead of `softmax_cross_entropy`, which makes one itself, it does not belong.

    >>> layer, x = Softmax(), np.log([[1.0, 3.0]])
    >>> layer.forward(x, np.empty_like(x), Arrays(**layer.scratch(x, x)))
    array([[0.25, 0.75]])

    Differs: nothing.
    """

    in_place: ClassVar[bool] = True

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {"column": np.empty((*x.shape[:-1], 1), x.dtype), "scratch": np.empty_like(x)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.max(x, axis=-1, keepdims=True, out=arrays.column)
        np.subtract(x, arrays.column, out=out)  # so that nothing overflows
        np.exp(out, out=out)
        np.sum(out, axis=-1, keepdims=True, out=arrays.column)
        np.divide(out, arrays.column, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.multiply(g, y, out=arrays.scratch)
        np.sum(arrays.scratch, axis=-1, keepdims=True, out=arrays.column)  # Σ G Y
        np.subtract(g, arrays.column, out=arrays.scratch)
        np.multiply(arrays.scratch, y, out=out)
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x.softmax()
