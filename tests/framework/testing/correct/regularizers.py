"""Correct regularizers, as third parties write them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import (
    Regularizer,
    non_negative,
)


@dataclass(frozen=True)
class ElasticNet(Regularizer):
    """penalty = a Σ |W| + b Σ W²."""

    absolute: float = non_negative(0.1, "a")
    square: float = non_negative(0.0, "b")

    def penalty(self, w, scratch):
        return float(self.absolute * np.abs(w).sum() + self.square * (w * w).sum())

    def add_gradient(self, w, g, scratch):
        g += self.absolute * np.sign(w) + 2 * self.square * w


@dataclass(frozen=True)
class Orthogonality(Regularizer):
    """penalty = a ‖WᵀW − I‖²."""

    strength: float = non_negative(0.0, "a")

    def _off(self, w):
        flat = w.reshape(-1, w.shape[-1])
        return flat, flat.T @ flat - np.eye(w.shape[-1], dtype=w.dtype)

    def penalty(self, w, scratch):
        return float(self.strength * np.sum(self._off(w)[1] ** 2))

    def add_gradient(self, w, g, scratch):
        flat, off = self._off(w)
        g += (4 * self.strength * flat @ off).reshape(w.shape)
