"""Correct metrics, as third parties write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    Metric,
    hyperparameter,
)


@dataclass(frozen=True)
class TopK(Metric):
    """The share of samples whose label is among the k largest outputs."""

    targets: ClassVar = "labels"

    k: int = hyperparameter(2, "how many outputs count", at_least=1)

    def start(self, outputs):
        return np.zeros(2)

    def add(self, state, z, targets, losses):
        best = np.argsort(z, axis=1)[:, -self.k :]
        state += (best == targets[:, None]).any(axis=1).sum(), len(z)

    def result(self, state):
        return float(state[0] / state[1])


@dataclass(frozen=True)
class MacroF1(Metric):
    """The mean over classes of F1."""

    targets: ClassVar = "labels"

    def start(self, outputs):
        return np.zeros((outputs, outputs), np.int64)

    def add(self, state, z, targets, losses):
        np.add.at(state, (targets, z.argmax(axis=1)), 1)

    def result(self, state):
        return float(np.mean(2 * np.diag(state) / (state.sum(axis=0) + state.sum(axis=1))))


@dataclass(frozen=True)
class MeanAbsoluteError(Metric):
    """The mean distance of outputs from values."""

    targets: ClassVar = "values"

    higher_is_better: ClassVar[bool] = False

    def start(self, outputs):
        return np.zeros(2)

    def add(self, state, z, targets, losses):
        state += np.abs(z - targets).sum(dtype=np.float64), z.size

    def result(self, state):
        return float(state[0] / state[1])


@dataclass(frozen=True)
class RSquared(Metric):
    """The share of the values' variance that is explained."""

    targets: ClassVar = "values"

    def start(self, outputs):
        return np.zeros((4, outputs))

    def add(self, state, z, targets, losses):
        targets = targets.astype(np.float64)
        state[0] += ((z - targets) ** 2).sum(axis=0)
        state[1] += targets.sum(axis=0)
        state[2] += (targets**2).sum(axis=0)
        state[3] += len(z)

    def result(self, state):
        off, total, squares, count = state
        return float(1 - np.mean(off / (squares - total**2 / count)))


@dataclass(frozen=True)
class WorstLoss(Metric):
    """The largest loss of a sample; it looks at nothing else."""

    targets: ClassVar = "any"
    higher_is_better: ClassVar[bool] = False

    def start(self, outputs):
        return np.full(1, -np.inf)

    def add(self, state, z, targets, losses):
        state[0] = max(state[0], losses.max()) if losses.max() == losses.max() else np.nan

    def result(self, state):
        return float(state[0])


@dataclass(frozen=True)
class LogLikelihood(Metric):
    """The mean logarithm of the label's probability: labels only, though it raises with nothing."""

    targets: ClassVar = "labels"

    def start(self, outputs):
        return np.zeros(2)

    def add(self, state, z, targets, losses):
        z = z.astype(np.float64)
        logs = z - np.log(np.exp(z - z.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True))
        logs -= z.max(axis=1, keepdims=True)
        index = np.asarray(targets, dtype=np.int64).reshape(len(z), -1)[:, :1] % z.shape[1]
        state += np.take_along_axis(logs, index, axis=1).sum(), len(z)

    def result(self, state):
        return float(state[0] / state[1])


@dataclass(frozen=True)
class AreaUnderCurve(Metric):
    """The share of pairs that class 1's output puts in order, from counts in narrow bins."""

    targets: ClassVar = "labels"
    bins: int = hyperparameter(400, "bins", at_least=2)

    def start(self, outputs):
        return np.zeros((2, self.bins), np.int64)

    def add(self, state, z, targets, losses):
        score = 1 / (1 + np.exp(-np.nan_to_num(z[:, 1], nan=0.0).astype(np.float64)))
        index = np.minimum((score * self.bins).astype(int), self.bins - 1)
        np.add.at(state, ((targets == 1).astype(int), index), 1)

    def result(self, state):
        below = np.cumsum(state[0]) - state[0]
        pairs = int(state[0].sum()) * int(state[1].sum())
        right = float((state[1] * (below + state[0] / 2)).sum())
        return right / pairs if pairs else float("nan")


@dataclass(frozen=True)
class Quartiles(Metric):
    """Two quartiles of the largest probability where decisions are wrong: it keeps every row."""

    targets: ClassVar = "labels"
    takes: ClassVar = "probabilities"
    higher_is_better: ClassVar[bool] = False

    def names(self, outputs):
        return ["upper", "lower"]

    def start(self, outputs, rows):
        return np.zeros((1 + rows, 2))

    def add(self, state, z, targets, losses):
        first = 1 + int(state[0, 0])
        state[first : first + len(z), 0] = np.where(z.argmax(axis=1) == targets, 0, z.max(axis=1))
        state[0, 0] += len(z)

    def result(self, state):
        wrong = state[1 : 1 + int(state[0, 0]), 0]
        upper, lower = np.quantile(wrong, [0.75, 0.25])
        return {"lower": float(lower), "upper": float(upper)}


@dataclass(frozen=True)
class WeightedDistance(Metric):
    """The mean distance of outputs from values, of samples that may have weights."""

    targets: ClassVar = "values"
    higher_is_better: ClassVar[bool] = False

    def start(self, outputs, rows):
        return np.zeros(2)

    def add(self, state, z, targets, losses, weights=None):
        w = np.ones(len(z)) if weights is None else weights
        state += w @ np.abs(z - targets).mean(axis=1), w.sum()

    def result(self, state):
        return float(state[0] / state[1])
