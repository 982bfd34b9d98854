"""Error rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from framework import Array

from .accuracy import Accuracy


@dataclass(frozen=True)
class ErrorRate(Accuracy):
    """The share of samples for which the loss decides wrong: 1 - accuracy.

    >>> import numpy as np
    >>> metric = ErrorRate()
    >>> state = metric.start(2, 4)
    >>> metric.add(state, np.array([0, 1, 1, 1]), np.array([0, 1, 1, 0]), np.zeros(4))
    >>> metric.result(state)
    0.25

    Differs: scikit-learn's ``zero_one_loss`` is the same.
    """

    higher_is_better: ClassVar[bool] = False

    def result(self, state: Array) -> float:
        right, count = state
        return float((count - right) / count)
