"""The gated unit with a swish."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Shape

from .sigmoid_values import sigmoid_into


@dataclass(frozen=True)
class SwiGLU(Layer):
    r"""Multiply one half of the features by the swish of the other.

        (A B) = X,   σ = 1 / (1 + exp(−A))
        Y  = A σ B
        ∂A = G B σ (1 + A (1 − σ))
        ∂B = G A σ

    Plainly::

        a, b = np.split(x, 2, axis=-1)
        s = 1 / (1 + np.exp(-a))
        y = a * s * b
        gx = np.concatenate([g * b * s * (1 + a * (1 - s)), g * a * s], axis=-1)

    Shazeer, "GLU variants improve transformer", 2020. A dense layer below, twice as wide, gives A
    and B.

    >>> layer, x, out = SwiGLU(), np.array([[1e3, 0.5]]), np.empty((1, 1))
    >>> layer.forward(x, out, Arrays(**layer.scratch(x, out)))
    array([[500.]])

    Differs: neither PyTorch nor Keras has it.
    """

    def output_shape(self, inputs: Shape) -> Shape:
        if not inputs or inputs[-1] % 2:
            raise ValueError(f"swiglu takes samples with an even number of features, got {inputs}")
        return (*inputs[:-1], inputs[-1] // 2)

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {name: np.empty_like(out) for name in ("sigmoid", "swish", "scratch")}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        half = out.shape[-1]
        sigmoid_into(x[..., :half], arrays.sigmoid)
        np.multiply(x[..., :half], arrays.sigmoid, out=arrays.swish)
        np.multiply(arrays.swish, x[..., half:], out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        half = y.shape[-1]
        np.multiply(g, arrays.swish, out=out[..., half:])
        np.subtract(1, arrays.sigmoid, out=arrays.scratch)
        np.multiply(arrays.scratch, x[..., :half], out=arrays.scratch)
        np.add(arrays.scratch, 1, out=arrays.scratch)
        np.multiply(arrays.scratch, arrays.sigmoid, out=arrays.scratch)  # σ (1 + A (1 − σ))
        np.multiply(arrays.scratch, x[..., half:], out=arrays.scratch)
        np.multiply(arrays.scratch, g, out=out[..., :half])
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        a, b = x.part(0, 2), x.part(1, 2)
        return a * a.sigmoid() * b
