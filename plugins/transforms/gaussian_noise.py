"""A little noise on every input, in training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import (
    Array,
    Arrays,
    Expression,
    Expressions,
    Scalar,
    Shape,
    Transform,
    non_negative,
    value,
)


@dataclass(frozen=True)
class GaussianNoise(Transform):
    r"""Add noise to every number of a sample, anew in each step; in inference nothing.

        y  = x + σ · N(0, 1)        in training
        y  = x                      in inference
        ∂x = g

    Bishop, "Training with noise is equivalent to Tikhonov regularization", 1995. Behind
    `standardize` σ is a share of each feature's own deviation.

    >>> x = np.array([[1.0, 2.0]])
    >>> GaussianNoise(deviation=0.5).forward(x, np.empty((1, 2)), Arrays(rng=None))
    array([[1., 2.]])

    Differs: Keras' layer ``GaussianNoise`` is the same.
    """

    deviation: Scalar = non_negative(0.1, "standard deviation σ; a number or a schedule")

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        if arrays.rng is None:
            np.copyto(out, x)
            return out
        noise = arrays.rng.standard_normal(x.shape, np.float32)
        np.multiply(noise, value(self.deviation, arrays.step), out=out)
        return np.add(out, x, out=out)

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.copyto(out, g)
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x
