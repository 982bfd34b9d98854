"""The logistic sigmoid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Layer, Own


@dataclass(frozen=True)
class Sigmoid(Layer):
    r"""Squash into (0, 1).

        Y  = 1 / (1 + exp(−X))
        ∂X = G · Y · (1 − Y)

    Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", 1986.
    The exponent is held below the one that overflows, where Y is 0 to the last bit anyway.

    >>> Sigmoid().forward(np.array([[0.0, 1e4, -1e4]]), np.empty((1, 3)), Own())
    array([[5.00000000e-001, 1.00000000e+000, 1.21678075e-308]])

    Differs: nothing.
    """

    def forward(self, x: Array, out: Array, own: Own) -> Array:
        np.negative(x, out=out)
        np.minimum(out, _largest_exponent(x), out=out)
        np.exp(out, out=out)  # exp(−X)
        out += 1
        return np.reciprocal(out, out=out)

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, own: Own) -> Array:
        np.subtract(1, y, out=out)  # 1 − Y
        out *= y
        out *= g
        return out


def _largest_exponent(x: Array) -> float:
    return 88.0 if x.dtype == np.float32 else 709.0
