"""Accuracy of the k largest outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Metric, Targets, hyperparameter


@dataclass(frozen=True)
class TopK(Metric):
    r"""The share of samples whose class is among the k with the largest outputs.

    Of equal outputs, that of the later class counts as larger; of two classes, of the first.

    >>> metric = TopK(k=2); state = metric.start(3, 2)
    >>> z = np.array([[0.5, 0.2, 0.3], [0.5, 0.2, 0.3]])
    >>> metric.add(state, z, np.array([2, 1]), np.zeros(2)); metric.result(state)
    0.5

    Differs: nothing from scikit-learn's ``top_k_accuracy_score``. Keras's
    ``SparseTopKCategoricalAccuracy`` counts every class that is as large as the k-th.
    """

    targets: ClassVar[Targets] = "labels"

    k: int = hyperparameter(2, "how many of the largest outputs are looked at", at_least=1)

    def start(self, outputs: int, rows: int) -> Array:
        return np.zeros(2)  # right ones, all

    def add(
        self,
        state: Array,
        z: Array,
        targets: Array,
        losses: Array,
        weights: Array | None = None,
    ) -> None:
        w = np.ones(len(z)) if weights is None else weights
        labels = targets.astype(np.int64)[:, None]
        own, classes = np.take_along_axis(z, labels, axis=1), np.arange(z.shape[1])
        ahead = classes > labels if z.shape[1] > 2 else classes < labels
        rank = np.count_nonzero((z > own) | ((z == own) & ahead), axis=1)
        right = (rank < self.k) & ~np.isnan(z).any(axis=1)
        state += w @ right, w.sum()

    def result(self, state: Array) -> float:
        right, count = state
        return float(right / count)
