"""The rectified linear unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Layer, Own


@dataclass(frozen=True)
class ReLU(Layer):
    r"""Keep what is positive.

        Y  = max(0, X)
        ∂X = G · (X > 0)

    Nair and Hinton, "Rectified linear units improve restricted Boltzmann machines", 2010.

    >>> x = np.array([[-2.0, 3.0]])
    >>> relu, out = ReLU(), np.empty_like(x)
    >>> relu.forward(x, out, Own(**relu.scratch(x, out)))
    array([[0., 3.]])

    Differs: nothing; at X = 0 the gradient is 0, as in PyTorch and Keras.
    """

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        # numpy compares with an array of zeros more than twice as fast as with the scalar 0
        return {"zeros": np.zeros_like(x)}

    def forward(self, x: Array, out: Array, own: Own) -> Array:
        np.maximum(x, own.zeros, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, own: Own) -> Array:
        np.sign(y, out=out)  # X > 0, as numbers: Y is never negative
        out *= g
        return out
