"""The logarithm of the softmax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Shape


@dataclass(frozen=True)
class LogSoftmax(Layer):
    r"""Logarithms of numbers whose sum is 1, along the last axis.

        Y  = X − log Σ exp(X)
        ∂X = G − exp(Y) Σ G

    Plainly::

        shifted = x - x.max(axis=-1, keepdims=True)
        y = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
        gx = g - np.exp(y) * g.sum(axis=-1, keepdims=True)

    Bridle, "Probabilistic interpretation of feedforward classification network outputs", 1990.

    >>> layer, x = LogSoftmax(), np.log([[1.0, 3.0]])
    >>> np.exp(layer.forward(x, np.empty_like(x), Arrays(**layer.scratch(x, x)))).round(12)
    array([[0.25, 0.75]])

    Differs: nothing.
    """

    in_place: ClassVar[bool] = True

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {"column": np.empty((*x.shape[:-1], 1), x.dtype), "scratch": np.empty_like(x)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.max(x, axis=-1, keepdims=True, out=arrays.column)
        np.subtract(x, arrays.column, out=out)
        np.exp(out, out=arrays.scratch)
        np.sum(arrays.scratch, axis=-1, keepdims=True, out=arrays.column)
        np.log(arrays.column, out=arrays.column)
        np.subtract(out, arrays.column, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.sum(g, axis=-1, keepdims=True, out=arrays.column)
        np.exp(y, out=arrays.scratch)
        np.multiply(arrays.scratch, arrays.column, out=arrays.scratch)
        np.subtract(g, arrays.scratch, out=out)
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x.log_softmax()
