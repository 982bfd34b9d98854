"""The mean loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from framework import Array, Metric


@dataclass(frozen=True)
class MeanLoss(Metric):
    """The loss averaged over all samples, without penalties."""

    targets: ClassVar[Literal["any"]] = "any"
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
        if weights is None:
            state += losses.sum(dtype=np.float64), len(losses)
        else:
            state += np.dot(weights, losses), weights.sum()

    def result(self, state: Array) -> float:
        total, count = state
        return float(total / count)
