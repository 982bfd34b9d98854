"""Accuracy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from framework import Array, Metric


@dataclass(frozen=True)
class Accuracy(Metric):
    """The share of samples whose largest logit is that of their label."""

    targets: ClassVar[Literal["labels", "values", "any"]] = "labels"

    def start(self, outputs: int) -> Array:
        return np.zeros(2, np.int64)  # right ones, all

    def add(self, state: Array, z: Array, targets: Array, losses: Array) -> None:
        state += np.count_nonzero(np.argmax(z, axis=1) == targets), len(z)

    def result(self, state: Array) -> float:
        right, count = state
        return float(right / count)
