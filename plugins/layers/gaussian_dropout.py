"""Dropout by normal factors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Scalar, Shape, fraction, value


@dataclass(frozen=True)
class GaussianDropout(Layer):
    r"""Multiply every number by a random one of mean 1, in training.

        Y  = X F        F ~ N(1, p / (1 − p)), anew for each batch
        ∂X = G F

    The variance is that of dropout with the rate p. In inference nothing is changed.

    Plainly::

        y = x * factor
        gx = g * factor

    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout", 2014, section 10.

    >>> layer, x = GaussianDropout(rate=0.0), np.array([[1.0, -2.0]])
    >>> arrays = Arrays(**layer.scratch(x, x), rng=np.random.default_rng(0))
    >>> layer.forward(x, np.empty((1, 2)), arrays)
    array([[ 1., -2.]])

    Differs: PyTorch has none; Keras agrees.
    """

    rate: Scalar = fraction(0.5, "dropout's rate of the same variance, p; a number or a schedule")

    in_place: ClassVar[bool] = True

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {"drawn": np.empty(x.shape, np.float32), "factor": np.empty_like(x)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        if arrays.rng is None:
            np.copyto(out, x)
            return out
        rate = value(self.rate, arrays.step)
        arrays.rng.standard_normal(dtype=np.float32, out=arrays.drawn)
        np.multiply(arrays.drawn, (rate / (1 - rate)) ** 0.5, out=arrays.factor)
        np.add(arrays.factor, 1, out=arrays.factor)
        np.multiply(x, arrays.factor, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        if arrays.rng is None:
            np.copyto(out, g)
            return out
        np.multiply(g, arrays.factor, out=out)
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x
