"""Every feature with mean 0 and deviation 1."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Shape, Transform

_SMALLEST = 1e-7  # a feature that is the same in all rows is not divided by 0


@dataclass(frozen=True)
class Standardize(Transform):
    r"""Subtract each feature's mean and divide by its standard deviation, of the training split.

        y  = (x - μ) / max(σ, 1e-7)        μ, σ: of each feature, over all training rows
        ∂x = g / max(σ, 1e-7)

    A feature that is the same in all rows becomes 0. Means and squares are summed in float64,
    around the first row, so that a large mean costs no digits (Chan, Golub and LeVeque,
    "Algorithms for computing the sample variance", 1983).

    Two rows, whose features have the means 2 and 5 and the deviations 1 and 0:

    >>> fitted = Standardize().fit([np.array([[1.0, 5.0], [3.0, 5.0]])])
    >>> fitted["mean"], fitted["deviation"]
    (array([2., 5.]), array([1., 0.]))
    >>> Standardize().forward(np.array([[4.0, 5.0]]), np.empty((1, 2)), Arrays(**fitted))
    array([[2., 0.]])

    Differs: scikit-learn's ``StandardScaler`` leaves a constant feature undivided; Keras'
    ``Normalization`` agrees.
    """

    def state(self, inputs: Shape) -> dict[str, Array]:
        return {"mean": np.zeros(inputs), "deviation": np.ones(inputs)}

    def fit(self, samples: Iterable[Array]) -> dict[str, Array]:
        count, sums, squares, first = 0, 0.0, 0.0, None
        for block in samples:
            first = block[0].copy() if first is None else first
            apart = block - first
            count += len(block)
            sums, squares = sums + apart.sum(axis=0), squares + (apart**2).sum(axis=0)
        shift = np.asarray(sums) / count
        variance = np.maximum(np.asarray(squares) / count - shift**2, 0)
        return {"mean": np.asarray(first) + shift, "deviation": np.sqrt(variance)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.subtract(x, arrays.mean, out=out)
        out /= np.maximum(arrays.deviation, _SMALLEST)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.divide(g, np.maximum(arrays.deviation, _SMALLEST), out=out)
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return (x - arrays.mean) / arrays.deviation.maximum(_SMALLEST)
