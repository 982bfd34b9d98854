"""Weights that are not negative."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Constraint


@dataclass(frozen=True)
class NonNegative(Constraint):
    r"""Keep weights at 0 or above: W ← max(W, 0).

    Plainly::

        w = np.maximum(w, 0)

    The projection of projected gradient descent; Lee and Seung, "Learning the parts of objects by
    non-negative matrix factorization", 1999, say what it is good for.

    >>> w = np.array([[3.0, -2.0]])
    >>> NonNegative().project(w, np.empty((1, 2))); w
    array([[3., 0.]])

    Differs: Keras's ``NonNeg`` agrees; PyTorch has none.
    """

    def project(self, w: Array, scratch: Array) -> None:
        np.maximum(w, 0, out=w)
