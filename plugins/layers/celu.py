"""The continuously differentiable exponential linear unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Shape, positive


@dataclass(frozen=True)
class CELU(Layer):
    r"""An ELU whose slope is 1 at 0, whatever α is.

        Y  = X where X > 0, else α (exp(X / α) − 1)
        ∂X = G where X > 0, else G (Y / α + 1)

    Plainly::

        y = np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / alpha))
        gx = np.where(y > 0, g, g * (y / alpha + 1))

    Barron, "Continuously differentiable exponential linear units", 2017.

    >>> layer, x = CELU(alpha=2.0), np.array([[-1e3, 3.0]])
    >>> layer.forward(x, np.empty_like(x), Arrays(**layer.scratch(x, x)))
    array([[-2.,  3.]])

    Differs: nothing.
    """

    alpha: float = positive(1.0, "what it goes down to, α")

    in_place: ClassVar[bool] = True

    @staticmethod
    def formula(x: Any, alpha: float) -> Any:
        return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / alpha))

    @staticmethod
    def gradient_formula(y: Any, g: Any, alpha: float) -> Any:
        return np.where(y > 0, g, g * (y / alpha + 1))

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {"scratch": np.empty_like(x)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.minimum(x, 0, out=arrays.scratch)
        np.divide(arrays.scratch, self.alpha, out=arrays.scratch)
        np.expm1(arrays.scratch, out=arrays.scratch)
        np.multiply(arrays.scratch, self.alpha, out=arrays.scratch)
        np.maximum(x, 0, out=out)
        np.add(out, arrays.scratch, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.minimum(y, 0, out=arrays.scratch)
        np.divide(arrays.scratch, self.alpha, out=arrays.scratch)
        np.add(arrays.scratch, 1, out=arrays.scratch)  # 1 above 0
        np.multiply(arrays.scratch, g, out=out)
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        below = Expression.of(0.0).minimum(x)
        return x.maximum(0) + (below / self.alpha).expm1() * self.alpha
