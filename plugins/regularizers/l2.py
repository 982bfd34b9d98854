"""L2 regularization."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Regularizer, non_negative, sum_of_squares


@dataclass(frozen=True)
class L2(Regularizer):
    r"""Penalize the squares of the weights.

        penalty  = α Σ W²
        gradient = 2 α W

    Plainly::

        penalty = strength * (w**2).sum()
        g = g + 2 * strength * w

    Where the gradient goes in a step, and when it becomes a decay of the weights instead:
    `framework/engine/regularization.py`.

    Hoerl and Kennard, "Ridge regression", 1970.

    >>> w = np.array([[1.0, 2.0]])
    >>> L2(strength=0.5).penalty(w, np.empty_like(w))
    2.5

    Differs: PyTorch's ``weight_decay`` λ adds λ W to the gradient, biases included: λ = 2 α.
    Keras's ``L2`` agrees.
    """

    strength: float = non_negative(1e-4, "strength α; 0 leaves the loss as it is")

    def penalty(self, w: Array, scratch: Array) -> float:
        return self.strength * sum_of_squares(w)  # α Σ W²

    def add_gradient(self, w: Array, g: Array, scratch: Array) -> None:
        np.multiply(w, 2 * self.strength, out=scratch)
        g += scratch  # + 2 α W

    def l2_coefficient(self) -> float:
        return 2 * self.strength
