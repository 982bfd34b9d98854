"""The mean surprise at the classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Metric, Takes, Targets


@dataclass(frozen=True)
class LogLoss(Metric):
    r"""How surprised probabilities are by the classes: the mean of −log p_label.

    p is taken to be at least what its type can resolve beside 1, and at most 1 less that. Unlike
    `loss`, it is the same for every loss that has probabilities.

    Good, "Rational decisions", 1952.

    >>> metric = LogLoss(); state = metric.start(2, 1)
    >>> metric.add(state, np.array([[0.5, 0.5]]), np.array([1]), np.zeros(1))
    >>> round(metric.result(state), 4)
    0.6931

    Differs: nothing from scikit-learn's ``log_loss``.
    """

    targets: ClassVar[Targets] = "labels"
    takes: ClassVar[Takes] = "probabilities"
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
        p = z[np.arange(len(z)), targets.astype(np.int64)]
        epsilon = np.finfo(z.dtype).eps
        state += -(w @ np.log(np.clip(p, epsilon, 1 - epsilon))), w.sum()

    def result(self, state: Array) -> float:
        total, count = state
        return float(total / count)
