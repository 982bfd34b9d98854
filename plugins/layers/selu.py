"""The scaled exponential linear unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Shape

_ALPHA, _SCALE = 1.6732632423543772, 1.0507009873554805


@dataclass(frozen=True)
class SELU(Layer):
    r"""An ELU whose constants keep mean 0 and variance 1 from layer to layer.

        Y  = λ X where X > 0, else λ α (exp(X) − 1)
        ∂X = λ G where X > 0, else G (Y + λ α)        λ = 1.05070…, α = 1.67326…

    Plainly::

        alpha, scale = 1.6732632423543772, 1.0507009873554805
        y = scale * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
        gx = np.where(y > 0, scale * g, g * (y + scale * alpha))

    Klambauer, Unterthiner, Mayr and Hochreiter, "Self-normalizing neural networks", 2017. It wants
    weights of variance 1 / inputs, and alpha dropout.

    >>> layer, x = SELU(), np.array([[-1e3, 1.0]])
    >>> layer.forward(x, np.empty_like(x), Arrays(**layer.scratch(x, x))).round(4)
    array([[-1.7581,  1.0507]])

    Differs: nothing.
    """

    in_place: ClassVar[bool] = True

    @staticmethod
    def formula(x: Any) -> Any:
        return np.where(x > 0, _SCALE * x, _SCALE * _ALPHA * np.expm1(np.minimum(x, 0)))

    @staticmethod
    def gradient_formula(y: Any, g: Any) -> Any:
        return np.where(y > 0, _SCALE * g, g * (y + _SCALE * _ALPHA))

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {"positive": np.empty_like(x, bool), "scratch": np.empty_like(x)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.minimum(x, 0, out=arrays.scratch)
        np.expm1(arrays.scratch, out=arrays.scratch)
        np.multiply(arrays.scratch, _SCALE * _ALPHA, out=arrays.scratch)  # λ α (exp(X) − 1)
        np.maximum(x, 0, out=out)
        np.multiply(out, _SCALE, out=out)
        np.add(out, arrays.scratch, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.add(y, _SCALE * _ALPHA, out=arrays.scratch)
        np.greater(y, 0, out=arrays.positive)
        np.copyto(arrays.scratch, _SCALE, where=arrays.positive)
        np.multiply(arrays.scratch, g, out=out)
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        below = Expression.of(0.0).minimum(x)
        return x.maximum(0) * _SCALE + below.expm1() * (_SCALE * _ALPHA)
