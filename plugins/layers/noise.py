"""Noise between layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    Array,
    Arrays,
    Expression,
    Expressions,
    Layer,
    Scalar,
    Shape,
    non_negative,
    value,
)


@dataclass(frozen=True)
class Noise(Layer):
    r"""Add a normal number to every one, anew for each batch of training.

        Y  = X + σ N        N ~ N(0, 1)
        ∂X = G

    In inference nothing is changed. For inputs there is a transform, `gaussian_noise`.

    Bishop, "Training with noise is equivalent to Tikhonov regularization", 1995.

    >>> layer, x = Noise(), np.array([[1.0, -2.0]])
    >>> layer.forward(x, np.empty((1, 2)), Arrays(rng=None))
    array([[ 1., -2.]])

    Differs: nothing from Keras' ``GaussianNoise``; PyTorch has none.
    """

    deviation: Scalar = non_negative(0.1, "standard deviation σ; a number or a schedule")

    in_place: ClassVar[bool] = True

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {"drawn": np.empty(x.shape, np.float32), "noise": np.empty_like(x)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        if arrays.rng is None:
            np.copyto(out, x)
            return out
        arrays.rng.standard_normal(dtype=np.float32, out=arrays.drawn)
        np.multiply(arrays.drawn, value(self.deviation, arrays.step), out=arrays.noise)
        np.add(x, arrays.noise, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.copyto(out, g)
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x
