"""Correct constraints, as third parties write them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Constraint, positive


@dataclass(frozen=True)
class Box(Constraint):
    """|W| ≤ a."""

    largest: float = positive(0.5, "a")

    def project(self, w, scratch):
        np.clip(w, -self.largest, self.largest, out=w)


@dataclass(frozen=True)
class MostlyZero(Constraint):
    """Half of the weights are 0, the smallest ones."""

    def project(self, w, scratch):
        flat = np.abs(w).ravel()
        kept = np.argsort(flat, kind="stable")[flat.size // 2 :]
        mask = np.zeros(flat.size, bool)
        mask[kept] = True
        w *= mask.reshape(w.shape)


@dataclass(frozen=True)
class Orthonormal(Constraint):
    """WᵀW = I, or WWᵀ = I of a wide one: the nearest such matrix."""

    def project(self, w, scratch):
        largest = np.abs(w).max()
        if not largest:
            return
        matrix = w.reshape(-1, w.shape[-1]).astype(np.float64) / largest
        u, _, v = np.linalg.svd(matrix, full_matrices=False)
        w[...] = (u @ v).reshape(w.shape)


@dataclass(frozen=True)
class Simplex(Constraint):
    """Weights into a unit are 0 or more, and sum to 1."""

    def project(self, w, scratch):
        np.maximum(w, 0, out=w)
        flat = w.reshape(-1, w.shape[-1]) if w.ndim > 1 else w[:, None].copy()
        largest = flat.max(axis=0)
        flat = flat / np.where(largest == 0, 1, largest)
        sums = flat.sum(axis=0)
        shares = np.where(sums == 0, 1 / len(flat), flat / np.where(sums == 0, 1, sums))
        w[...] = shares.reshape(w.shape)
