"""The hyperbolic tangent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Shape


@dataclass(frozen=True)
class Tanh(Layer):
    r"""Squash into (−1, 1).

        Y  = tanh(X)
        ∂X = G · (1 − Y²)

    Plainly::

        y = np.tanh(x)
        gx = g * (1 - y**2)

    LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998.

    >>> Tanh().forward(np.array([[0.0, 100.0]]), np.empty((1, 2)), Arrays())
    array([[0., 1.]])

    Differs: nothing.
    """

    in_place: ClassVar[bool] = True

    @staticmethod
    def formula(x: Any) -> Any:
        return np.tanh(x)

    @staticmethod
    def gradient_formula(y: Any, g: Any) -> Any:
        return g * (1 - y * y)

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {"slope": np.empty_like(x)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        return np.tanh(x, out=out)

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.multiply(y, y, out=arrays.slope)  # Y²
        np.subtract(1, arrays.slope, out=arrays.slope)
        np.multiply(arrays.slope, g, out=out)
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x.tanh()
