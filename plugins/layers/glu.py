"""The gated linear unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Shape

from .sigmoid_values import sigmoid_into


@dataclass(frozen=True)
class GLU(Layer):
    r"""Multiply one half of the features by the sigmoid of the other.

        (A B) = X
        Y  = A σ(B)
        ∂A = G σ(B)
        ∂B = G A σ(B) (1 − σ(B))

    Plainly::

        a, b = np.split(x, 2, axis=-1)
        s = 1 / (1 + np.exp(-b))
        y = a * s
        gx = np.concatenate([g * s, g * a * s * (1 - s)], axis=-1)

    Dauphin, Fan, Auli and Grangier, "Language modeling with gated convolutional networks", 2017.

    >>> layer, x, out = GLU(), np.array([[6.0, 0.0]]), np.empty((1, 1))
    >>> layer.forward(x, out, Arrays(**layer.scratch(x, out)))
    array([[3.]])

    Differs: nothing.
    """

    def output_shape(self, inputs: Shape) -> Shape:
        if not inputs or inputs[-1] % 2:
            raise ValueError(f"glu takes samples with an even number of features, got {inputs}")
        return (*inputs[:-1], inputs[-1] // 2)

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {"sigmoid": np.empty_like(out), "scratch": np.empty_like(out)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        half = out.shape[-1]
        sigmoid_into(x[..., half:], arrays.sigmoid)
        np.multiply(x[..., :half], arrays.sigmoid, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        half = y.shape[-1]
        np.multiply(g, arrays.sigmoid, out=out[..., :half])
        np.subtract(1, arrays.sigmoid, out=arrays.scratch)
        np.multiply(arrays.scratch, y, out=arrays.scratch)  # A σ(B) (1 − σ(B))
        np.multiply(arrays.scratch, g, out=out[..., half:])
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x.part(0, 2) * x.part(1, 2).sigmoid()
