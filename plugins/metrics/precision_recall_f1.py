"""Precision, recall and their harmonic mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from framework import Array, Metric, Takes, Targets, hyperparameter

_NAMES = ("f1", "precision", "recall")


@dataclass(frozen=True)
class PrecisionRecallF1(Metric):
    r"""How many of those decided to be of a class are, and how many of a class are decided to be.

        precision = TP / (TP + FP)    recall = TP / (TP + FN)    F1 = 2 TP / (2 TP + FP + FN)

    for each class, 0 where nothing is counted; and their means over classes (``macro``). Of labels,
    these are the classes that are seen, in targets or decisions; of sets, all.

    van Rijsbergen, "Information retrieval", 1979, chapter 7.

    Of three samples of class 1, two are decided to be, and another that is not:

    >>> metric = PrecisionRecallF1(per_class=True); state = metric.start(2, 5)
    >>> metric.add(state, np.array([1, 1, 0, 1, 0]), np.array([1, 1, 1, 0, 0]), np.zeros(5))
    >>> {name: round(figure, 4) for name, figure in metric.result(state).items() if "1_" in name}
    {'f1_0': 0.5, 'f1_1': 0.6667}

    Differs: nothing from scikit-learn's ``precision_recall_fscore_support`` with
    ``average="macro"``, or ``None`` for ``per_class``, and ``zero_division=0``, but that a class
    whose rows all have the weight 0 is as one that is not there; there it has its 0 in the mean.
    """

    targets: ClassVar[tuple[Targets, ...]] = ("labels", "sets")
    takes: ClassVar[Takes] = "decisions"

    ranks: Literal["f1", "precision", "recall"] = hyperparameter(
        "f1", "which of the means ranks runs"
    )
    per_class: bool = hyperparameter(False, "measure each class, too: f1_0, precision_0, …")

    def names(self, outputs: int) -> list[str]:
        means = sorted(_NAMES, key=lambda name: name != self.ranks)
        classes = range(outputs if self.per_class else 0)
        return [*means, *(f"{name}_{i}" for i in classes for name in means)]

    def start(self, outputs: int, rows: int) -> Array:
        # true positives, those decided and those that are, of each class; whether of labels
        return np.zeros((4, outputs))

    def add(
        self,
        state: Array,
        z: Array,
        targets: Array,
        losses: Array,
        weights: Array | None = None,
    ) -> None:
        w = np.ones(len(z)) if weights is None else weights
        if targets.ndim == 1:
            classes, labels = state.shape[1], targets.astype(np.int64)
            right = z == labels
            state[0] += np.bincount(labels[right], w[right], minlength=classes)
            state[1] += np.bincount(z, w, minlength=classes)
            state[2] += np.bincount(labels, w, minlength=classes)
            state[3] = 1
        else:
            decided, really = z == 1, targets == 1
            state[0] += w @ (decided & really)
            state[1] += w @ decided
            state[2] += w @ really

    def result(self, state: Array) -> Mapping[str, float]:
        right, decided, really, of_labels = state
        shares = {
            "precision": right / _or_one(decided),
            "recall": right / _or_one(really),
            "f1": 2 * right / _or_one(decided + really),
        }
        seen = (decided + really > 0) | (of_labels == 0)
        figures = {name: float(share[seen].mean()) for name, share in shares.items()}
        if self.per_class:
            for name, share in shares.items():
                figures |= {f"{name}_{i}": float(value) for i, value in enumerate(share)}
        return figures


def _or_one(counts: Array) -> Array:
    return np.where(counts == 0, 1.0, counts)
