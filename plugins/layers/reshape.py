"""Samples in another shape."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Shape, hyperparameter


@dataclass(frozen=True)
class Reshape(Layer):
    r"""Give each sample another shape, its numbers in the same order, the last axis fastest.

        Y  = X  as [B, *shape]
        ∂X = G  as X was

    >>> Reshape(shape=(2, 2)).output_shape((4,))
    (2, 2)
    >>> Reshape(shape=(2, 2)).forward(np.arange(4.0)[None], np.empty((1, 2, 2)), Arrays())
    array([[[0., 1.],
            [2., 3.]]])

    Differs: nothing from Keras; PyTorch's ``Unflatten`` takes the axis.
    """

    shape: tuple[int, ...] = hyperparameter((1, 1), "shape of an output sample", at_least=1)

    @classmethod
    def examples(cls) -> tuple[Reshape, ...]:
        return (cls(shape=(2, 3)), cls(shape=(16,)), cls(shape=(1, 6, 1)))

    def output_shape(self, inputs: Shape) -> Shape:
        if math.prod(inputs) != math.prod(self.shape):
            raise ValueError(
                f"reshape to {self.shape} takes samples of {math.prod(self.shape)} numbers,"
                f" got {inputs}"
            )
        return self.shape

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.copyto(out, x.reshape(out.shape))
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.copyto(out, g.reshape(out.shape))
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x.reshape(*self.shape)
