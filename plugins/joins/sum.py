"""The sum of branches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Arrays, Expression, Join, Shape


@dataclass(frozen=True)
class Sum(Join):
    r"""Add the outputs of all branches.

        Y   = X₁ + X₂ + …
        ∂Xᵢ = G

    He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2016.

    >>> xs = [np.array([[1.0, 2.0]]), np.array([[10.0, 20.0]])]
    >>> Sum().forward(xs, np.empty((1, 2)), Arrays())
    array([[11., 22.]])

    Differs: Keras' ``Add`` also broadcasts.
    """

    adds: ClassVar[bool] = True

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        if len(set(inputs)) != 1:
            raise ValueError(
                "sum takes branches of one shape; a layer in the shorter branch can give it, or"
                " join: concatenate"
            )
        return inputs[0]

    def forward(self, xs: Sequence[Array], out: Array, arrays: Arrays) -> Array:
        np.copyto(out, xs[0])
        for x in xs[1:]:
            np.add(out, x, out=out)
        return out

    def input_gradients(
        self, xs: Sequence[Array], y: Array, g: Array, outs: Sequence[Array], arrays: Arrays
    ) -> None:
        for out in outs:
            np.copyto(out, g)

    def expression(self, xs: Sequence[Expression]) -> Expression:
        total = xs[0]
        for x in xs[1:]:
            total = total + x
        return total
