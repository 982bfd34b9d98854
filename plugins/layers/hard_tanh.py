"""The hard hyperbolic tangent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Shape, hyperparameter


@dataclass(frozen=True)
class HardTanh(Layer):
    r"""Cut off below and above.

        Y  = min(max(X, low), high)
        ∂X = G where low < X < high, else 0

    Plainly::

        y = np.clip(x, low, high)
        gx = np.where((y > low) & (y < high), g, 0)

    Collobert, "Large scale machine learning", 2004.

    >>> layer, x = HardTanh(), np.array([[-4.0, 0.5]])
    >>> layer.forward(x, np.empty_like(x), Arrays(**layer.scratch(x, x)))
    array([[-1. ,  0.5]])

    Differs: nothing.
    """

    low: float = hyperparameter(-1.0, "least output")
    high: float = hyperparameter(1.0, "largest output")

    in_place: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.low >= self.high:
            raise ValueError(f"low must be less than high, got {self.low:g} and {self.high:g}")

    @staticmethod
    def formula(x: Any, low: float, high: float) -> Any:
        return np.clip(x, low, high)

    @staticmethod
    def gradient_formula(y: Any, g: Any, low: float, high: float) -> Any:
        return np.where((y > low) & (y < high), g, 0)

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {
            "inside": np.empty_like(x, bool),
            "below": np.empty_like(x, bool),
            "slope": np.empty_like(x),
        }

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.clip(x, self.low, self.high, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.greater(y, self.low, out=arrays.inside)
        np.less(y, self.high, out=arrays.below)
        np.logical_and(arrays.inside, arrays.below, out=arrays.inside)
        np.copyto(
            arrays.slope, arrays.inside
        )  # a product of two types would take four times as long
        np.multiply(arrays.slope, g, out=out)
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x.maximum(self.low).minimum(self.high)
