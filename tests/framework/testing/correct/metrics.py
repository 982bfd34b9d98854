"""Correct metrics, as third parties write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    Metric,
    setting,
)


@dataclass(frozen=True)
class TopK(Metric):
    """The share of samples whose label is among the k largest outputs."""

    targets: ClassVar = "labels"

    k: int = setting(2, "how many outputs count", at_least=1)

    def start(self, outputs):
        return np.zeros(2)

    def add(self, state, z, targets, values):
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

    def add(self, state, z, targets, values):
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

    def add(self, state, z, targets, values):
        state += np.abs(z - targets).sum(dtype=np.float64), z.size

    def result(self, state):
        return float(state[0] / state[1])


@dataclass(frozen=True)
class RSquared(Metric):
    """The share of the values' variance that is explained."""

    targets: ClassVar = "values"

    def start(self, outputs):
        return np.zeros((4, outputs))

    def add(self, state, z, targets, values):
        targets = targets.astype(np.float64)
        state[0] += ((z - targets) ** 2).sum(axis=0)
        state[1] += targets.sum(axis=0)
        state[2] += (targets**2).sum(axis=0)
        state[3] += len(z)

    def result(self, state):
        off, total, squares, count = state
        return float(1 - np.mean(off / (squares - total**2 / count)))
