"""The dense layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    REQUIRED,
    Array,
    Arrays,
    Expression,
    Expressions,
    Layer,
    Parameter,
    Shape,
    hyperparameter,
)


@dataclass(frozen=True)
class Dense(Layer):
    r"""Multiply by a matrix of weights and add a bias.

        Y  = X W + b        X [B, D], W [D, M], b [M]
        ∂X = G Wᵀ
        ∂W = Xᵀ G
        ∂b = Σ_batch G

    Plainly::

        y = x @ weights + bias
        gx = g @ weights.T
        gweights = x.T @ g
        gbias = g.sum(axis=0)

    The engine fuses these three with each other and with the update, in single matrix products
    (`framework/engine/affine.py`), and calls none of the methods below; they are what it must
    equal (`tests/framework/engine/test_affine.py`).

    Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", 1986.

    With D = 2, M = 1, W = (2, 3), b = 1, the sample (10, 100) gives 2·10 + 3·100 + 1 = 321:

    >>> arrays = Arrays(weights=np.array([[2.0], [3.0]]), bias=np.array([1.0]))
    >>> Dense(units=1).forward(np.array([[10.0, 100.0]]), np.empty((1, 1)), arrays)
    array([[321.]])

    Differs: PyTorch's ``Linear`` keeps W as [M, D] and draws a random bias; Keras agrees.
    """

    units: int = hyperparameter(REQUIRED, "outputs, M", at_least=1)

    affine: ClassVar[bool] = True

    def output_shape(self, inputs: Shape) -> Shape:
        if len(inputs) != 1:
            raise ValueError(f"dense takes flat samples (features,), got {inputs}")
        return (self.units,)

    def parameters(self, inputs: Shape) -> tuple[Parameter, ...]:
        (features,) = inputs
        return (
            Parameter("weights", (features, self.units)),
            Parameter("bias", (self.units,), role="bias"),
        )

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.matmul(x, arrays.weights, out=out)  # X W
        out += arrays.bias  # + b
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        return np.matmul(g, arrays.weights.T, out=out)  # G Wᵀ

    def parameter_gradients(
        self, x: Array, y: Array, g: Array, gradients: Arrays, arrays: Arrays
    ) -> None:
        np.matmul(x.T, g, out=gradients.weights)  # Xᵀ G
        np.sum(g, axis=0, out=gradients.bias)  # Σ G

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x @ arrays.weights + arrays.bias
