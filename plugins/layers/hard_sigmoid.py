"""The hard sigmoid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Shape


@dataclass(frozen=True)
class HardSigmoid(Layer):
    r"""A sigmoid of three straight lines.

        Y  = min(max(X + 3, 0), 6) / 6
        ∂X = G / 6 where 0 < Y < 1, else 0

    Plainly::

        y = np.clip(x + 3, 0, 6) / 6
        gx = np.where((y > 0) & (y < 1), g / 6, 0)

    Courbariaux, Bengio and David, "BinaryConnect", 2015; with a sixth, Howard et al., "Searching
    for MobileNetV3", 2019.

    >>> layer, x = HardSigmoid(), np.array([[-4.0, 0.0, 1.5]])
    >>> layer.forward(x, np.empty_like(x), Arrays(**layer.scratch(x, x)))
    array([[0.  , 0.5 , 0.75]])

    Differs: nothing from PyTorch and Keras 3; Keras 2 had the slope .2.
    """

    in_place: ClassVar[bool] = True

    @staticmethod
    def formula(x: Any) -> Any:
        return np.clip(x + 3, 0, 6) / 6

    @staticmethod
    def gradient_formula(y: Any, g: Any) -> Any:
        return np.where((y > 0) & (y < 1), g / 6, 0)

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {
            "inside": np.empty_like(x, bool),
            "below": np.empty_like(x, bool),
            "slope": np.empty_like(x),
        }

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.add(x, 3, out=out)
        np.clip(out, 0, 6, out=out)
        np.divide(out, 6, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.greater(y, 0, out=arrays.inside)
        np.less(y, 1, out=arrays.below)
        np.logical_and(arrays.inside, arrays.below, out=arrays.inside)
        np.copyto(
            arrays.slope, arrays.inside
        )  # a product of two types would take four times as long
        np.multiply(arrays.slope, g, out=out)
        np.divide(out, 6, out=out)
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return (x + 3).maximum(0).minimum(6) / 6
