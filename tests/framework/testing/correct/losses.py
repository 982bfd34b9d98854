"""Correct losses, as third parties write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from framework import (
    Loss,
    fraction,
    positive,
)


@dataclass(frozen=True)
class Hinge(Loss):
    """loss = Σ max(0, 1 + z_k − z_label)."""

    def evaluate(self, z, targets, values, gradient, own):
        rows = np.arange(len(z))
        margins = np.maximum(0, 1 + z - z[rows, targets][:, None])
        margins[rows, targets] = 0
        values[...] = margins.sum(axis=1)
        if gradient is not None:
            gradient[...] = margins > 0
            gradient[rows, targets] = -gradient.sum(axis=1)
            gradient /= len(z)


@dataclass(frozen=True)
class Smoothed(Loss):
    """Cross-entropy with smoothed labels; Szegedy et al., 2016."""

    smoothing: float = fraction(0.1, "share given to all classes alike")

    def evaluate(self, z, targets, values, gradient, own):
        goal = np.full_like(z, self.smoothing / z.shape[1])
        goal[np.arange(len(z)), targets] += 1 - self.smoothing
        shifted = z - z.max(axis=1, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        values[...] = -(goal * logs).sum(axis=1)
        if gradient is not None:
            gradient[...] = (np.exp(logs) - goal) / len(z)


@dataclass(frozen=True)
class Huber(Loss):
    """Square near 0, straight beyond."""

    targets: ClassVar[Literal["labels", "values"]] = "values"
    edge: float = positive(1.0, "where it becomes straight")

    def evaluate(self, z, targets, values, gradient, own):
        d = z - targets
        c = np.clip(d, -self.edge, self.edge)
        values[...] = (c * (d - c / 2)).sum(axis=1)
        if gradient is not None:
            gradient[...] = c / len(z)


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """loss = Σ log(1 + exp(z)) − t z."""

    targets: ClassVar[Literal["labels", "values"]] = "values"

    def evaluate(self, z, targets, values, gradient, own):
        np.sum(np.logaddexp(0, z) - targets * z, axis=1, out=values)
        if gradient is not None:
            gradient[...] = (1 / (1 + np.exp(-z)) - targets) / len(z)
