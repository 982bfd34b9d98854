"""The leaky rectified linear unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Shape, fraction


@dataclass(frozen=True)
class LeakyReLU(Layer):
    r"""Keep what is positive, and a little of what is not.

        Y  = max(X, s X)
        ∂X = G where Y > 0, else s G

    Plainly::

        y = np.maximum(x, slope * x)
        gx = np.where(y > 0, g, slope * g)

    Maas, Hannun and Ng, "Rectifier nonlinearities improve neural network acoustic models", 2013.

    >>> layer, x = LeakyReLU(slope=0.5), np.array([[-2.0, 3.0]])
    >>> layer.forward(x, np.empty_like(x), Arrays(**layer.scratch(x, x)))
    array([[-1.,  3.]])

    Differs: Keras' slope is .3.
    """

    slope: float = fraction(0.01, "slope below 0, s")

    in_place: ClassVar[bool] = True

    @staticmethod
    def formula(x: Any, slope: float) -> Any:
        return np.maximum(x, slope * x)

    @staticmethod
    def gradient_formula(y: Any, g: Any, slope: float) -> Any:
        return np.where(y > 0, g, slope * g)

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {"positive": np.empty_like(x, bool), "scratch": np.empty_like(x)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.multiply(x, self.slope, out=arrays.scratch)
        np.maximum(x, arrays.scratch, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.greater(y, 0, out=arrays.positive)
        np.copyto(arrays.scratch, arrays.positive)
        np.multiply(arrays.scratch, 1 - self.slope, out=arrays.scratch)
        np.add(arrays.scratch, self.slope, out=arrays.scratch)  # 1 or s
        np.multiply(arrays.scratch, g, out=out)
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x.maximum(x * self.slope)
