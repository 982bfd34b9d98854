"""Accuracy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Metric, Takes, Targets


@dataclass(frozen=True)
class Accuracy(Metric):
    """The share of samples for which the loss decides right: for most, by the largest logit."""

    targets: ClassVar[Targets] = "labels"
    takes: ClassVar[Takes] = "decisions"

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
        if weights is None:
            state += np.count_nonzero(z == targets), len(z)
        else:
            state += weights[z == targets].sum(), weights.sum()

    def result(self, state: Array) -> float:
        right, count = state
        return float(right / count)
