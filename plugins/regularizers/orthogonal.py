"""Orthogonal regularization."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Regularizer, non_negative


@dataclass(frozen=True)
class OrthogonalPenalty(Regularizer):
    r"""Penalize what keeps a matrix from being orthogonal.

        penalty  = α ‖Wᵀ W − I‖²            of W with more columns than rows: ‖W Wᵀ − I‖²
        gradient = 4 α W (Wᵀ W − I)

    More axes than two count as one, but for the last.

    Plainly::

        tall = w if w.shape[0] >= w.shape[1] else w.T
        excess = tall.T @ tall - np.eye(tall.shape[1])
        penalty = strength * (excess**2).sum()
        gradient = 4 * strength * tall @ excess
        g = g + (gradient if w.shape[0] >= w.shape[1] else gradient.T)

    Bansal, Chen and Wang, "Can we gain more from orthogonality regularizations in training deep
    networks?", 2018.

    Twice the identity is 3 off on its diagonal:

    >>> w = 2 * np.eye(2)
    >>> OrthogonalPenalty(strength=0.1).penalty(w, np.empty_like(w)).__round__(9)
    1.8

    Differs: Keras's ``OrthogonalRegularizer`` takes the angles alone, of rows or columns made 1
    long. PyTorch has none.
    """

    strength: float = non_negative(1e-4, "strength α; 0 leaves the loss as it is")

    def penalty(self, w: Array, scratch: Array) -> float:
        excess = _excess(_tall(w))
        return self.strength * float(np.vdot(excess, excess))

    def add_gradient(self, w: Array, g: Array, scratch: Array) -> None:
        tall = _tall(w)
        gradient = tall @ _excess(tall)
        gradient *= 4 * self.strength
        wide = w.ndim > 1 and tall.shape[0] == w.shape[-1] and tall.shape[1] != w.shape[-1]
        g += (gradient.T if wide or w.ndim == 1 else gradient).reshape(w.shape)

    def l2_coefficient(self) -> float | None:
        return None if self.strength else 0.0


def _tall(w: Array) -> Array:
    """Return the matrix with no more columns than rows: W, or Wᵀ."""
    matrix = w.reshape(-1, w.shape[-1])
    return matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T


def _excess(tall: Array) -> Array:
    excess = tall.T @ tall
    excess.flat[:: len(excess) + 1] -= 1
    return excess
