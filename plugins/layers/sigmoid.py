"""The logistic sigmoid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Shape


@dataclass(frozen=True)
class Sigmoid(Layer):
    r"""Squash into (0, 1).

        Y  = exp(X) / (1 + exp(X))
        ∂X = G · Y · (1 − Y)

    Plainly::

        y = 1 / (1 + np.exp(-x))
        gx = g * y * (1 - y)

    Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", 1986.
    The exponent is held below the one that overflows, where Y is 1 to the last bit anyway.

    >>> x = np.array([[0.0, 1e4, -1e4]])
    >>> sigmoid, out = Sigmoid(), np.empty_like(x)
    >>> sigmoid.forward(x, out, Arrays(**sigmoid.scratch(x, out)))
    array([[0.5, 1. , 0. ]])

    Differs: nothing.
    """

    in_place: ClassVar[bool] = True

    @staticmethod
    def formula(x: Any) -> Any:
        return 1 / (1 + np.exp(-x))

    @staticmethod
    def gradient_formula(y: Any, g: Any) -> Any:
        return g * y * (1 - y)

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        # numpy takes a minimum with an array more than twice as fast as with a scalar
        largest = 88.0 if x.dtype == np.float32 else 709.0
        return {"largest": np.full_like(x, largest), "scratch": np.empty_like(x)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.minimum(x, arrays.largest, out=out)
        np.exp(out, out=out)  # exp(X)
        np.add(out, 1, out=arrays.scratch)  # 1 + exp(X)
        np.divide(out, arrays.scratch, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.subtract(1, y, out=arrays.scratch)  # 1 − Y
        np.multiply(arrays.scratch, y, out=arrays.scratch)
        np.multiply(arrays.scratch, g, out=out)
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x.sigmoid()
