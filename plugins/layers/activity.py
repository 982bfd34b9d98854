"""A penalty on activations."""

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
class Activity(Layer):
    r"""Add a penalty on its input to the loss, and pass the input on.

        Y    = X
        loss = … + mean over the batch of (λ₁ Σ |X| + λ₂ Σ X²)
        ∂X   = G + (λ₁ sign X + 2 λ₂ X) / B

    Plainly::

        y = x
        gx = g
        losses = (l1 * np.abs(y) + l2 * y**2).sum(axis=1)
        gradient = (l1 * np.sign(y) + 2 * l2 * y) / len(y)

    Small activations, or few (λ₁), without a bound on the weights: Merity, McCann and Socher,
    "Revisiting activation regularization for language RNNs", 2017. As with penalties on weights,
    the losses of training hold it, and those of an evaluation do not.

    >>> losses, gradient = np.empty(1), np.empty((1, 2))
    >>> Activity(l1=1.0, l2=0.5).added_loss(np.array([[2.0, -4.0]]), losses, gradient, Arrays())
    >>> losses, gradient  # 2 + 4 + (4 + 16) / 2; ±1 + x
    (array([16.]), array([[ 3., -5.]]))

    Differs: nothing from Keras' ``ActivityRegularization``, but for the first values, which are 0.
    """

    l1: Scalar = non_negative(0.0, "strength λ₁ for absolute values; a number or a schedule")
    l2: Scalar = non_negative(1e-4, "strength λ₂ for squares; a number or a schedule")

    in_place: ClassVar[bool] = True

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        return x

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        return g

    def added_loss(self, y: Array, losses: Array, gradient: Array | None, arrays: Arrays) -> None:
        l1, l2 = value(self.l1, arrays.step), value(self.l2, arrays.step)
        flat = y.reshape(len(y), -1)
        losses[...] = l2 * np.einsum("bi,bi->b", flat, flat)
        if l1:
            losses += l1 * np.abs(flat).sum(axis=1)
        if gradient is not None:
            np.multiply(y, 2 * l2 / len(y), out=gradient)
            if l1:
                gradient += l1 / len(y) * np.sign(y)

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x
