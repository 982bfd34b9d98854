"""Mish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Shape


@dataclass(frozen=True)
class Mish(Layer):
    r"""X times the tanh of its softplus.

        t  = tanh(log(1 + exp(X))) = n / (n + 2)        n = e² + 2 e, e = exp(X)
        Y  = X t
        ∂X = G (t + X (1 − t²) e / (1 + e))

    Plainly::

        e = np.exp(np.minimum(x, 20))
        t = (e**2 + 2 * e) / (e**2 + 2 * e + 2)
        y = x * t
        gx = g * (t + x * (1 - t**2) * e / (1 + e))

    Misra, "Mish: a self regularized non-monotonic activation function", 2020.
    Above 20 t is 1 to the last bit, so that the exponent is held there.

    >>> layer, x = Mish(), np.array([[0.0, 1e3]])
    >>> layer.forward(x, np.empty_like(x), Arrays(**layer.scratch(x, x)))
    array([[   0., 1000.]])

    Differs: nothing.
    """

    @staticmethod
    def formula(x: Any) -> Any:
        e = np.exp(np.minimum(x, 20))
        n = e * e + 2 * e
        return x * n / (n + 2)

    @staticmethod
    def gradient_formula(x: Any, g: Any) -> Any:
        e = np.exp(np.minimum(x, 20))
        n = e * e + 2 * e
        t = n / (n + 2)
        return g * (t + x * (1 - t * t) * e / (1 + e))

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {name: np.empty_like(x) for name in ("e", "t", "scratch")}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.minimum(x, 20, out=arrays.e)
        np.exp(arrays.e, out=arrays.e)
        np.add(arrays.e, 2, out=arrays.t)
        np.multiply(arrays.t, arrays.e, out=arrays.t)  # n
        np.add(arrays.t, 2, out=arrays.scratch)
        np.divide(arrays.t, arrays.scratch, out=arrays.t)
        np.multiply(x, arrays.t, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.multiply(arrays.t, arrays.t, out=arrays.scratch)
        np.subtract(1, arrays.scratch, out=arrays.scratch)  # 1 − t²
        np.multiply(arrays.scratch, x, out=arrays.scratch)
        np.multiply(arrays.scratch, arrays.e, out=arrays.scratch)
        np.add(arrays.e, 1, out=out)
        np.divide(arrays.scratch, out, out=arrays.scratch)
        np.add(arrays.scratch, arrays.t, out=arrays.scratch)
        np.multiply(arrays.scratch, g, out=out)
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x * x.softplus().tanh()
