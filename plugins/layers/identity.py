"""The identity layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from framework import Array, Arrays, Expression, Expressions, Layer, Shape


@dataclass(frozen=True)
class Identity(Layer):
    r"""Return the input: the base of all layers.

        Y  = X
        ∂X = G

    Plainly::

        y = x
        gx = g
    """

    in_place: ClassVar[bool] = True

    @staticmethod
    def formula(x: Any) -> Any:
        return x

    @staticmethod
    def gradient_formula(g: Any) -> Any:
        return g

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        return x

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        return g

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x
