"""The expected calibration error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Metric, Takes, Targets, hyperparameter


@dataclass(frozen=True)
class CalibrationError(Metric):
    r"""How far the largest probability is from how often it is right, on the average.

        ECE = Σ_bins (n / N) |share of right ones − mean of the largest probability|

    Bins divide 0 to 1 evenly; an edge belongs to the bin below it.

    Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", 2017.

    Two samples of 0.8, of which one is right:

    >>> metric = CalibrationError(); state = metric.start(2, 2)
    >>> metric.add(state, np.array([[0.8, 0.2], [0.8, 0.2]]), np.array([0, 1]), np.zeros(2))
    >>> round(metric.result(state), 9)
    0.3

    Differs: nothing from what scikit-learn's ``calibration_curve`` gives, its bins weighted by
    their samples.
    """

    targets: ClassVar[Targets] = "labels"
    takes: ClassVar[Takes] = "probabilities"
    higher_is_better: ClassVar[bool] = False

    bins: int = hyperparameter(15, "how many bins of probabilities there are", at_least=1)

    def start(self, outputs: int, rows: int) -> Array:
        return np.zeros((3, self.bins))  # right ones, sum of probabilities, all

    def add(
        self,
        state: Array,
        z: Array,
        targets: Array,
        losses: Array,
        weights: Array | None = None,
    ) -> None:
        w = np.ones(len(z)) if weights is None else weights
        p, right = z.max(axis=1).astype(np.float64), z.argmax(axis=1) == targets
        edges = np.linspace(0, 1, self.bins + 1)[1:-1]
        places = np.searchsorted(edges, p)
        for row, summed in zip(state, (w * right, w * p, w), strict=True):
            row += np.bincount(places, summed, self.bins)

    def result(self, state: Array) -> float:
        right, total, count = state
        return float(np.abs(right - total).sum() / count.sum())
