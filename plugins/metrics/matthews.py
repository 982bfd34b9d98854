"""Matthews' correlation coefficient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Metric, Takes, Targets


@dataclass(frozen=True)
class Matthews(Metric):
    r"""The correlation of decisions and classes, from −1 to 1; 0 for what is decided by chance.

        MCC = (c N − Σ_k t_k p_k) / √((N² − Σ p_k²) (N² − Σ t_k²))

    c of N samples are right; t_k are of class k, p_k are decided to be. It is 0 where a root is.

    Matthews, "Comparison of the predicted and observed secondary structure of T4 phage lysozyme",
    1975; of several classes: Gorodkin, "Comparing two K-category assignments by a K-category
    correlation coefficient", 2004.

    >>> metric = Matthews(); state = metric.start(2, 4)
    >>> metric.add(state, np.array([1, 1, 0, 0]), np.array([1, 0, 0, 0]), np.zeros(4))
    >>> round(metric.result(state), 4)
    0.5774

    Differs: nothing from scikit-learn's ``matthews_corrcoef``.
    """

    targets: ClassVar[Targets] = "labels"
    takes: ClassVar[Takes] = "decisions"

    def start(self, outputs: int, rows: int) -> Array:
        return np.zeros((3, outputs))  # right ones, those of a class, those decided to be

    def add(
        self,
        state: Array,
        z: Array,
        targets: Array,
        losses: Array,
        weights: Array | None = None,
    ) -> None:
        w = np.ones(len(z)) if weights is None else weights
        classes, labels = state.shape[1], targets.astype(np.int64)
        right = z == labels
        state[0] += np.bincount(labels[right], w[right], classes)
        state[1] += np.bincount(labels, w, classes)
        state[2] += np.bincount(z, w, classes)

    def result(self, state: Array) -> float:
        right, really, decided = state
        # Each from its own sum: of weights that are no integers, only that leaves 0 for one class.
        spread = (decided.sum() ** 2 - decided @ decided) * (really.sum() ** 2 - really @ really)
        if spread <= 0:
            return 0.0
        return float((right.sum() * decided.sum() - really @ decided) / np.sqrt(spread))
