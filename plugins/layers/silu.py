"""The sigmoid linear unit, or swish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Shape

from .sigmoid_values import sigmoid_into


@dataclass(frozen=True)
class SiLU(Layer):
    r"""X times its own sigmoid.

        σ  = 1 / (1 + exp(−X))
        Y  = X σ
        ∂X = G σ (1 + X (1 − σ))

    Plainly::

        s = 1 / (1 + np.exp(-x))
        y = x * s
        gx = g * s * (1 + x * (1 - s))

    Hendrycks and Gimpel, "Gaussian error linear units", 2016; Ramachandran, Zoph and Le, "Searching
    for activation functions", 2017.

    >>> layer, x = SiLU(), np.array([[0.0, 1e3, -1e3]])
    >>> abs(layer.forward(x, np.empty_like(x), Arrays(**layer.scratch(x, x)))).round(12)
    array([[   0., 1000.,    0.]])

    Differs: nothing.
    """

    @staticmethod
    def formula(x: Any) -> Any:
        return x / (1 + np.exp(-x))

    @staticmethod
    def gradient_formula(x: Any, g: Any) -> Any:
        s = 1 / (1 + np.exp(-x))
        return g * s * (1 + x * (1 - s))

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {"sigmoid": np.empty_like(x), "scratch": np.empty_like(x)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        sigmoid_into(x, arrays.sigmoid)
        np.multiply(x, arrays.sigmoid, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.subtract(1, arrays.sigmoid, out=arrays.scratch)
        np.multiply(arrays.scratch, x, out=arrays.scratch)
        np.add(arrays.scratch, 1, out=arrays.scratch)  # 1 + X (1 − σ)
        np.multiply(arrays.scratch, arrays.sigmoid, out=arrays.scratch)
        np.multiply(arrays.scratch, g, out=out)
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x * x.sigmoid()
