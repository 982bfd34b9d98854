"""The soft rectifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Shape


@dataclass(frozen=True)
class Softplus(Layer):
    r"""A smooth maximum of 0 and X.

        Y  = log(1 + exp(X))        X itself above 20
        ∂X = G / (1 + exp(−X))      G above 20

    Plainly::

        y = np.where(x > 20, x, np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0))
        gx = np.where(x > 20, g, -g * np.expm1(-y))

    Dugas, Bengio, Bélisle, Nadeau and Garcia, "Incorporating second-order functional knowledge",
    2001.

    >>> layer, x = Softplus(), np.array([[0.0, 30.0]])
    >>> layer.forward(x, np.empty_like(x), Arrays(**layer.scratch(x, x))).round(4)  # log 2
    array([[ 0.6931, 30.    ]])

    Differs: nothing from PyTorch; Keras is not straight above 20.
    """

    in_place: ClassVar[bool] = True

    @staticmethod
    def formula(x: Any) -> Any:
        return np.where(x > 20, x, np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0))

    @staticmethod
    def gradient_formula(y: Any, g: Any) -> Any:
        return np.where(y > 20, g, -g * np.expm1(-y))

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {"straight": np.empty_like(x, bool), "scratch": np.empty_like(x)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.abs(x, out=arrays.scratch)
        np.negative(arrays.scratch, out=arrays.scratch)
        np.exp(arrays.scratch, out=arrays.scratch)
        np.log1p(arrays.scratch, out=arrays.scratch)  # log(1 + exp(−|X|))
        np.greater(x, 20, out=arrays.straight)
        np.copyto(arrays.scratch, 0, where=arrays.straight)
        np.maximum(x, 0, out=out)
        np.add(out, arrays.scratch, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.negative(y, out=arrays.scratch)
        np.expm1(arrays.scratch, out=arrays.scratch)
        np.negative(arrays.scratch, out=arrays.scratch)  # 1 − exp(−Y), which is 1 / (1 + exp(−X))
        np.copyto(arrays.scratch, 1, where=arrays.straight)
        np.multiply(arrays.scratch, g, out=out)
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return (x > 20).where(x, x.softplus())
