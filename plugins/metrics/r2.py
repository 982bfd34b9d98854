"""The coefficient of determination."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Metric, Takes, Targets


@dataclass(frozen=True)
class R2(Metric):
    r"""The share of the values' variance that is explained: 1 at best, 0 for their mean.

        R² = mean over columns of 1 − Σ (t − z)² / Σ (t − mean t)²

    A column of values that are all the same counts 1 where they are met exactly, else 0. All rows
    are kept, as a variance from sums would be lost beside a large mean. It is nan of one row.

    Wright, "Correlation and causation", 1921.

    >>> metric = R2(); state = metric.start(1, 3)
    >>> metric.add(state, np.array([[1.0], [2.0], [2.0]]), np.array([[1.0], [2.0], [3.0]]), None)
    >>> metric.result(state)
    0.5

    Differs: from scikit-learn's ``r2_score`` and Keras's ``R2Score`` only in a column of values
    that are all the same, where the rounding of its mean is what they divide by.
    """

    targets: ClassVar[Targets] = "values"
    takes: ClassVar[Takes] = "decisions"

    def start(self, outputs: int, rows: int) -> Array:
        return np.zeros((1 + rows, 3, outputs))  # how many; then outputs, values and weights

    def add(
        self,
        state: Array,
        z: Array,
        targets: Array,
        losses: Array,
        weights: Array | None = None,
    ) -> None:
        w = np.ones(len(z)) if weights is None else weights
        first = 1 + int(state[0, 0, 0])
        block = state[first : first + len(z)]
        block[:, 0], block[:, 1], block[:, 2] = z, targets, w[:, None]
        state[0, 0, 0] += len(z)

    def result(self, state: Array) -> float:
        rows = state[1 : 1 + int(state[0, 0, 0])]
        if len(rows) < 2:
            return float("nan")
        z, t, w = rows[:, 0], rows[:, 1], rows[:, 2]
        alike = np.ptp(t[w[:, 0] > 0], axis=0) == 0
        left = (w * (t - z) ** 2).sum(axis=0)
        spread = (w * (t - np.average(t, axis=0, weights=w)) ** 2).sum(axis=0)
        spread[alike] = 0  # which the mean may miss by a rounding
        unexplained = np.divide(left, spread, out=np.minimum(left, 1), where=spread != 0)
        unexplained[(spread == 0) & (left > 0)] = 1
        return float(np.average(1 - unexplained))
