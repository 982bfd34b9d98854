"""The hard swish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Shape


@dataclass(frozen=True)
class HardSwish(Layer):
    r"""X times its hard sigmoid.

        Y  = X min(max(X + 3, 0), 6) / 6
        ∂X = 0 where X ≤ −3, G where X ≥ 3, else G (X / 3 + 1/2)

    Plainly::

        y = x * np.clip(x + 3, 0, 6) / 6
        gx = np.where(x <= -3, 0, np.where(x >= 3, g, g * (x / 3 + 0.5)))

    Howard et al., "Searching for MobileNetV3", 2019.

    >>> layer, x = HardSwish(), np.array([[-4.0, 3.0, -1.5]])
    >>> layer.forward(x, np.empty_like(x), Arrays(**layer.scratch(x, x)))
    array([[-0.   ,  3.   , -0.375]])

    Differs: nothing.
    """

    @staticmethod
    def formula(x: Any) -> Any:
        return x * np.clip(x + 3, 0, 6) / 6

    @staticmethod
    def gradient_formula(x: Any, g: Any) -> Any:
        return np.where(x <= -3, 0, np.where(x >= 3, g, g * (x / 3 + 0.5)))

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {"outside": np.empty_like(x, bool), "scratch": np.empty_like(x)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.add(x, 3, out=arrays.scratch)
        np.clip(arrays.scratch, 0, 6, out=arrays.scratch)
        np.divide(arrays.scratch, 6, out=arrays.scratch)
        np.multiply(x, arrays.scratch, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.divide(x, 3, out=arrays.scratch)
        np.add(arrays.scratch, 0.5, out=arrays.scratch)
        np.less_equal(x, -3, out=arrays.outside)
        np.copyto(arrays.scratch, 0, where=arrays.outside)
        np.greater_equal(x, 3, out=arrays.outside)
        np.copyto(arrays.scratch, 1, where=arrays.outside)
        np.multiply(arrays.scratch, g, out=out)
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x * (x + 3).maximum(0).minimum(6) / 6
