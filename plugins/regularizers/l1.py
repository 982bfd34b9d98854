"""L1 regularization."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Regularizer, non_negative


@dataclass(frozen=True)
class L1(Regularizer):
    r"""Penalize the absolute values of the weights.

        penalty  = α Σ |W|
        gradient = α sign(W)

    Plainly::

        penalty = strength * np.abs(w).sum()
        g = g + strength * np.sign(w)

    Tibshirani, "Regression shrinkage and selection via the lasso", 1996.

    >>> w = np.array([[1.0, -2.0]])
    >>> L1(strength=0.5).penalty(w, np.empty_like(w))
    1.5

    Differs: PyTorch has none; Keras's ``L1`` agrees. The gradient at 0 is 0.
    """

    strength: float = non_negative(1e-4, "strength α; 0 leaves the loss as it is")

    def penalty(self, w: Array, scratch: Array) -> float:
        np.abs(w, out=scratch)
        return self.strength * float(np.sum(scratch))

    def add_gradient(self, w: Array, g: Array, scratch: Array) -> None:
        np.sign(w, out=scratch)
        scratch *= self.strength
        g += scratch  # + α sign(W)

    def l2_coefficient(self) -> float | None:
        return None if self.strength else 0.0
