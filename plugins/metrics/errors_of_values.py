"""How far outputs are from values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Metric, Takes, Targets


@dataclass(frozen=True)
class AbsoluteError(Metric):
    r"""The mean of |t − z|, over all samples and columns.

    >>> metric = AbsoluteError(); state = metric.start(2, 1)
    >>> metric.add(state, np.array([[1.0, 5.0]]), np.array([[0.0, 2.0]]), np.zeros(1))
    >>> metric.result(state)
    2.0

    Differs: nothing from scikit-learn's ``mean_absolute_error``.
    """

    targets: ClassVar[Targets] = "values"
    takes: ClassVar[Takes] = "decisions"
    higher_is_better: ClassVar[bool] = False

    def start(self, outputs: int, rows: int) -> Array:
        return np.zeros(2)  # sum, count

    def add(
        self,
        state: Array,
        z: Array,
        targets: Array,
        losses: Array,
        weights: Array | None = None,
    ) -> None:
        w = np.ones(len(z)) if weights is None else weights
        distances = np.abs(targets.astype(np.float64) - z)
        state += (w @ distances).sum(), w.sum() * z.shape[1]

    def result(self, state: Array) -> float:
        total, count = state
        return float(total / count)


@dataclass(frozen=True)
class RootMeanSquaredError(Metric):
    r"""The root of the mean of (t − z)² over all samples; of several columns, the mean of theirs.

    >>> metric = RootMeanSquaredError(); state = metric.start(1, 2)
    >>> metric.add(state, np.array([[1.0], [7.0]]), np.array([[0.0], [0.0]]), np.zeros(2))
    >>> metric.result(state)
    5.0

    Differs: nothing from scikit-learn's ``root_mean_squared_error``.
    """

    targets: ClassVar[Targets] = "values"
    takes: ClassVar[Takes] = "decisions"
    higher_is_better: ClassVar[bool] = False

    def start(self, outputs: int, rows: int) -> Array:
        return np.zeros((2, outputs))  # sums of squares, counts

    def add(
        self,
        state: Array,
        z: Array,
        targets: Array,
        losses: Array,
        weights: Array | None = None,
    ) -> None:
        w = np.ones(len(z)) if weights is None else weights
        state[0] += w @ (targets.astype(np.float64) - z) ** 2
        state[1] += w.sum()

    def result(self, state: Array) -> float:
        squares, count = state
        return float(np.sqrt(squares / count).mean())
