"""Leaky ReLU."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Arrays, Layer, fraction


@dataclass(frozen=True)
class LeakyReLU(Layer):
    r"""Keep what is positive, and a share of the rest.

        Y  = max(X, s X)
        ∂X = G · (1 where X > 0, else s)

    Maas, Hannun and Ng, "Rectifier nonlinearities improve neural network acoustic models", 2013.
    """

    slope: float = fraction(0.01, "slope s below 0")

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.multiply(x, self.slope, out=out)  # s X
        return np.maximum(x, out, out=out)

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.multiply(g, self.slope, out=out)
        np.copyto(out, g, where=x > 0)
        return out
