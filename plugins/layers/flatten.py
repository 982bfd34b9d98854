"""Samples in a row."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Shape


@dataclass(frozen=True)
class Flatten(Layer):
    r"""Put each sample's numbers in a row, the last axis fastest: what dense layers take.

        Y  = X  as [B, D]
        ∂X = G  as X was

    >>> Flatten().forward(np.array([[[1.0, 2.0], [3.0, 4.0]]]), np.empty((1, 4)), Arrays())
    array([[1., 2., 3., 4.]])

    Differs: nothing.
    """

    def output_shape(self, inputs: Shape) -> Shape:
        return (math.prod(inputs),)

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.copyto(out, x.reshape(out.shape))
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.copyto(out, g.reshape(out.shape))
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x.reshape(math.prod(inputs))
