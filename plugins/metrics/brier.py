"""The Brier score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Metric, Takes, Targets


@dataclass(frozen=True)
class Brier(Metric):
    r"""The mean squared distance of probabilities from the classes.

        Brier = mean over samples of Σ_c (p_c − onehot(label)_c)²      of two classes, half of it

    Brier, "Verification of forecasts expressed in terms of probability", 1950.

    >>> metric = Brier(); state = metric.start(2, 1)
    >>> metric.add(state, np.array([[0.25, 0.75]]), np.array([0]), np.zeros(1))
    >>> metric.result(state)
    0.5625

    Differs: nothing from scikit-learn's ``brier_score_loss``.
    """

    targets: ClassVar[Targets] = "labels"
    takes: ClassVar[Takes] = "probabilities"
    higher_is_better: ClassVar[bool] = False

    def start(self, outputs: int, rows: int) -> Array:
        return np.zeros(2)  # sum, count, each row by its weight

    def add(
        self,
        state: Array,
        z: Array,
        targets: Array,
        losses: Array,
        weights: Array | None = None,
    ) -> None:
        w = np.ones(len(z)) if weights is None else weights
        d = z.astype(np.float64)
        d[np.arange(len(z)), targets.astype(np.int64)] -= 1
        state += (w @ d**2).sum() / (2 if z.shape[1] == 2 else 1), w.sum()

    def result(self, state: Array) -> float:
        total, count = state
        return float(total / count)
