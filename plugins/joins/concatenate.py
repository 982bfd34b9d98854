"""Branches side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from framework import Array, Arrays, Expression, Join, Shape


@dataclass(frozen=True)
class Concatenate(Join):
    r"""Put the outputs of all branches side by side, along a sample's last axis.

        Y           = (X₁ X₂ …)
        (∂X₁ ∂X₂ …) = G

    Huang, Liu, van der Maaten and Weinberger, "Densely connected convolutional networks", 2017.

    >>> xs = [np.array([[1.0, 2.0]]), np.array([[3.0]])]
    >>> Concatenate().forward(xs, np.empty((1, 3)), Arrays())
    array([[1., 2., 3.]])

    Differs: Keras' ``Concatenate`` and ``torch.cat`` take the axis as an argument.
    """

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        if len({shape[:-1] for shape in inputs}) != 1:
            raise ValueError("concatenate takes branches that are alike but for their last axis")
        return (*inputs[0][:-1], sum(shape[-1] for shape in inputs))

    def forward(self, xs: Sequence[Array], out: Array, arrays: Arrays) -> Array:
        start = 0
        for x in xs:
            stop = start + x.shape[-1]
            np.copyto(out[..., start:stop], x)
            start = stop
        return out

    def input_gradients(
        self, xs: Sequence[Array], y: Array, g: Array, outs: Sequence[Array], arrays: Arrays
    ) -> None:
        start = 0
        for out in outs:
            stop = start + out.shape[-1]
            np.copyto(out, g[..., start:stop])
            start = stop

    def expression(self, xs: Sequence[Expression]) -> Expression:
        return Expression.concatenate(xs)
