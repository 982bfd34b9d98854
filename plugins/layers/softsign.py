"""The softsign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Shape


@dataclass(frozen=True)
class Softsign(Layer):
    r"""Squash into (−1, 1), with tails that fall off slowly.

        Y  = X / (1 + |X|)
        ∂X = G / (1 + |X|)²

    Plainly::

        y = x / (1 + np.abs(x))
        gx = g / (1 + np.abs(x)) ** 2

    Turian, Bergstra and Bengio, "Quadratic features and deep architectures for chunking", 2009.

    >>> layer, x = Softsign(), np.array([[1.0, -3.0]])
    >>> layer.forward(x, np.empty_like(x), Arrays(**layer.scratch(x, x)))
    array([[ 0.5 , -0.75]])

    Differs: nothing.
    """

    @staticmethod
    def formula(x: Any) -> Any:
        return x / (1 + np.abs(x))

    @staticmethod
    def gradient_formula(x: Any, g: Any) -> Any:
        return g / (1 + np.abs(x)) ** 2

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {"scratch": np.empty_like(x)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.abs(x, out=arrays.scratch)
        np.add(arrays.scratch, 1, out=arrays.scratch)
        np.divide(x, arrays.scratch, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.abs(x, out=arrays.scratch)
        np.add(arrays.scratch, 1, out=arrays.scratch)
        np.divide(g, arrays.scratch, out=out)
        np.divide(out, arrays.scratch, out=out)
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x / (x.abs() + 1)
