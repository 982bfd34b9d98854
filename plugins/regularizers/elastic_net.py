"""The elastic net."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Regularizer, non_negative, sum_of_squares


@dataclass(frozen=True)
class ElasticNet(Regularizer):
    r"""Penalize absolute values and squares of the weights.

        penalty  = α Σ |W| + β Σ W²
        gradient = α sign(W) + 2 β W

    Plainly::

        penalty = l1 * np.abs(w).sum() + l2 * (w**2).sum()
        g = g + l1 * np.sign(w) + 2 * l2 * w

    Zou and Hastie, "Regularization and variable selection via the elastic net", 2005.

    >>> w = np.array([[1.0, -2.0]])
    >>> ElasticNet(l1=0.5, l2=0.1).penalty(w, np.empty_like(w))
    2.0

    Differs: nothing from Keras's ``L1L2``. PyTorch has none.
    """

    l1: float = non_negative(1e-4, "strength α of the absolute values")
    l2: float = non_negative(1e-4, "strength β of the squares")

    def penalty(self, w: Array, scratch: Array) -> float:
        np.abs(w, out=scratch)
        return self.l1 * float(np.sum(scratch)) + self.l2 * sum_of_squares(w)

    def add_gradient(self, w: Array, g: Array, scratch: Array) -> None:
        np.sign(w, out=scratch)
        scratch *= self.l1
        g += scratch  # + α sign(W)
        np.multiply(w, 2 * self.l2, out=scratch)
        g += scratch  # + 2 β W

    def l2_coefficient(self) -> float | None:
        return None if self.l1 else 2 * self.l2
