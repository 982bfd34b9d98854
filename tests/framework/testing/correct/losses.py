"""Correct losses, as third parties write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from framework import (
    Loss,
    fraction,
    hyperparameter,
    positive,
)


@dataclass(frozen=True)
class Hinge(Loss):
    """loss = Σ max(0, 1 + z_k − z_label)."""

    def evaluate(self, z, targets, losses, gradient, arrays):
        rows = np.arange(len(z))
        margins = np.maximum(0, 1 + z - z[rows, targets][:, None])
        margins[rows, targets] = 0
        losses[...] = margins.sum(axis=1)
        if gradient is not None:
            gradient[...] = margins > 0
            gradient[rows, targets] = -gradient.sum(axis=1)
            gradient /= len(z)


@dataclass(frozen=True)
class Smoothed(Loss):
    """Cross-entropy with smoothed labels; Szegedy et al., 2016."""

    smoothing: float = fraction(0.1, "share given to all classes alike")

    def evaluate(self, z, targets, losses, gradient, arrays):
        goal = np.full_like(z, self.smoothing / z.shape[1])
        goal[np.arange(len(z)), targets] += 1 - self.smoothing
        shifted = z - z.max(axis=1, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        losses[...] = -(goal * logs).sum(axis=1)
        if gradient is not None:
            gradient[...] = (np.exp(logs) - goal) / len(z)


@dataclass(frozen=True)
class Huber(Loss):
    """Square near 0, straight beyond."""

    targets: ClassVar[Literal["labels", "values"]] = "values"
    edge: float = positive(1.0, "where it becomes straight")

    def evaluate(self, z, targets, losses, gradient, arrays):
        d = z - targets
        c = np.clip(d, -self.edge, self.edge)
        losses[...] = (c * (d - c / 2)).sum(axis=1)
        if gradient is not None:
            gradient[...] = c / len(z)


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """loss = Σ log(1 + exp(z)) − t z."""

    targets: ClassVar[Literal["labels", "values"]] = "values"

    def evaluate(self, z, targets, losses, gradient, arrays):
        np.sum(np.logaddexp(0, z) - targets * z, axis=1, out=losses)
        if gradient is not None:
            gradient[...] = (1 / (1 + np.exp(-z)) - targets) / len(z)


@dataclass(frozen=True)
class Weighted(Loss):
    """Cross-entropy with a weight for each class."""

    weights: tuple[float, ...] = hyperparameter((1.0, 2.0, 0.5), "weight of each class", above=0)

    def evaluate(self, z, targets, losses, gradient, arrays):
        w = np.array(self.weights, z.dtype)[targets]
        shifted = z - z.max(axis=1, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        rows = np.arange(len(z))
        losses[...] = -w * logs[rows, targets]
        if gradient is not None:
            gradient[...] = np.exp(logs)
            gradient[rows, targets] -= 1
            gradient *= w[:, None] / len(z)


@dataclass(frozen=True)
class WeightedMean(Weighted):
    """The same, divided by the sum of the batch's weights, as PyTorch does."""

    whole_batch: ClassVar[bool] = True

    def evaluate(self, z, targets, losses, gradient, arrays):
        super().evaluate(z, targets, losses, gradient, arrays)
        share = len(z) / np.array(self.weights, z.dtype)[targets].sum()
        losses *= share
        if gradient is not None:
            gradient *= share


@dataclass(frozen=True)
class BalancedByTheBatch(Loss):
    """Squares, each column's divided by the batch's own deviation in it."""

    targets: ClassVar[Literal["labels", "values"]] = "values"
    whole_batch: ClassVar[bool] = True

    def evaluate(self, z, targets, losses, gradient, arrays):
        scale = 1 / (targets.var(axis=0) + 0.1)
        losses[...] = ((z - targets) ** 2 * scale).sum(axis=1)
        if gradient is not None:
            gradient[...] = 2 * (z - targets) * scale / len(z)


@dataclass(frozen=True)
class TwoClasses(Loss):
    """log(1 + exp(−m)), m the margin between two outputs; takes two classes only."""

    def evaluate(self, z, targets, losses, gradient, arrays):
        if z.shape[1] != 2:
            raise ValueError(f"takes two outputs, got {z.shape[1]}")
        sign = np.where(targets == 1, 1, -1).astype(z.dtype)
        margin = sign * (z[:, 1] - z[:, 0])
        losses[...] = np.logaddexp(0, -margin)
        if gradient is not None:
            slope = -sign * np.exp(-np.logaddexp(0, margin)) / len(z)
            gradient[:, 1], gradient[:, 0] = slope, -slope


@dataclass(frozen=True)
class PoissonLoss(Loss):
    """loss = Σ exp(z) − t z, the outputs kept below 20."""

    targets: ClassVar[Literal["labels", "values"]] = "values"
    largest: float = positive(20.0, "largest log rate")

    def evaluate(self, z, targets, losses, gradient, arrays):
        rate = np.minimum(z, self.largest)
        losses[...] = (np.exp(rate) - targets * z).sum(axis=1)
        if gradient is not None:
            gradient[...] = (np.exp(rate) * (z < self.largest) - targets) / len(z)


@dataclass(frozen=True)
class OneLogit(Loss):
    """log(1 + exp(−m)), m the logit, its sign turned for class 0."""

    def outputs(self, data):
        if data.classes != 2:
            raise ValueError(f"takes two classes, got {data.classes}")
        return 1

    def probabilities(self, z):
        p = np.exp(-np.logaddexp(0, -z))
        return np.hstack([1 - p, p])

    def decide(self, z):
        return (z[:, 0] > 0).astype(np.int64)

    def evaluate(self, z, targets, losses, gradient, arrays):
        sign = np.where(targets == 1, 1, -1).astype(z.dtype)
        losses[...] = np.logaddexp(0, -sign * z[:, 0])
        if gradient is not None:
            gradient[:, 0] = -sign * np.exp(-np.logaddexp(0, sign * z[:, 0])) / len(z)


@dataclass(frozen=True)
class Sets(Loss):
    """Σ log(1 + exp(z)) − t z, over classes that may all apply."""

    targets: ClassVar = "sets"

    def probabilities(self, z):
        return np.exp(-np.logaddexp(0, -z))

    def evaluate(self, z, targets, losses, gradient, arrays):
        losses[...] = (np.logaddexp(0, z) - targets * z).sum(axis=1)
        if gradient is not None:
            gradient[...] = (np.exp(-np.logaddexp(0, -z)) - targets) / len(z)


@dataclass(frozen=True)
class MeanAndVariance(Loss):
    """Σ log v + (μ − t)² / v, with v = 1 + s²: outputs are μ, then s."""

    targets: ClassVar = "values"

    def outputs(self, data):
        return 2 * data.outputs

    def decide(self, z):
        return z[:, : z.shape[1] // 2]

    def evaluate(self, z, targets, losses, gradient, arrays):
        mean, s = np.split(z, 2, axis=1)
        d, v = mean - targets, 1 + s * s
        losses[...] = (np.log(v) + d * d / v).sum(axis=1)
        if gradient is not None:
            gradient[...] = np.hstack([2 * d / v, (1 - d * d / v) * 2 * s / v]) / len(z)


@dataclass(frozen=True)
class MeanOfTheBatch(Loss):
    """Squares, divided by the sum of the batch's weights; these it takes itself."""

    targets: ClassVar[Literal["labels", "values"]] = "values"
    whole_batch: ClassVar[bool] = True

    def evaluate(self, z, targets, losses, gradient, arrays, weights=None):
        w = np.ones(len(z)) if weights is None else weights
        shares = w / w.mean()
        losses[...] = shares * ((z - targets) ** 2).sum(axis=1)
        if gradient is not None:
            gradient[...] = shares[:, None] * 2 * (z - targets) / len(z)


@dataclass(frozen=True)
class Stated(Loss):
    """loss = Σ (z − t)², or their mean, said as a formula alone."""

    targets: ClassVar[Literal["labels", "values"]] = "values"
    mean: bool = hyperparameter(False, "whether it is their mean")

    @staticmethod
    def formula(z, target, gradient, mean):
        total, count = 0.0, len(z) if mean else 1
        for k in range(len(z)):
            gradient[k] = 2 * (z[k] - target[k]) / count
            total = total + (z[k] - target[k]) ** 2 / count
        return total
