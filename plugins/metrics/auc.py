"""The area under the receiver operating characteristic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Metric, Takes, Targets


@dataclass(frozen=True)
class Auc(Metric):
    r"""The share of pairs, of a sample of a class and another, that probabilities order right.

        AUC = mean over pairs (i of the class, j not) of [pᵢ > pⱼ] + ½ [pᵢ = pⱼ]

    It is exact: all rows of a split are kept, and compared by their ranks. Of two classes it is
    that of class 1; of more, and of sets, the mean over the classes of which a split has both
    samples and others. It is nan where there is none.

    Hanley, McNeil, "The meaning and use of the area under a receiver operating characteristic (ROC)
    curve", 1982.

    Of the pairs (.4, .3), (.4, .5), (.5, .3) and (.5, .5), two and a half are in order:

    >>> auc = Auc(); state = auc.start(2, 4)
    >>> p = np.array([0.4, 0.5, 0.3, 0.5])
    >>> auc.add(state, np.stack([1 - p, p], axis=1), np.array([1, 1, 0, 0]), np.zeros(4))
    >>> auc.result(state)
    0.625

    Differs: nothing from scikit-learn's ``roc_auc_score`` (``multi_class="ovr"``), but that this
    leaves absent classes out of the mean, which that refuses.
    """

    targets: ClassVar[tuple[Targets, ...]] = ("labels", "sets")
    takes: ClassVar[Takes] = "probabilities"

    def start(self, outputs: int, rows: int) -> Array:
        # Two rows for each sample: of probabilities, its weight and its label; and of the classes
        # that it is of where those are sets, else never touched, which takes no memory. The first
        # pair has how many there are, and whether they have labels.
        return np.zeros((2, 1 + rows, outputs + 2))

    def add(
        self,
        state: Array,
        z: Array,
        targets: Array,
        losses: Array,
        weights: Array | None = None,
    ) -> None:
        (of_first, of_sets), size = state, len(z)
        first = 1 + int(of_first[0, 0])
        block = of_first[first : first + size]
        block[:, :-2] = z
        block[:, -2] = 1 if weights is None else weights
        if targets.ndim == 1:
            block[:, -1] = targets
            of_first[0, 1] = 1
        else:
            of_sets[first : first + size, :-2] = targets
        of_first[0, 0] += size

    def result(self, state: Array) -> float:
        rows, sets = state[:, 1 : 1 + int(state[0, 0, 0])]
        of_labels = state[0, 0, 1] == 1
        classes = range(rows.shape[1] - 2)
        weights, labels = rows[:, -2], rows[:, -1]
        areas = [
            _area(rows[:, i], labels == i if of_labels else sets[:, i] == 1, weights)
            for i in (classes[1:] if of_labels and len(classes) == 2 else classes)
        ]
        present = [area for area in areas if area is not None]
        return float(np.mean(present)) if present else float("nan")


def _area(p: Array, of_class: Array, weights: Array) -> float | None:
    """Return the area for one class; None where one side has no samples that count."""
    order = np.argsort(p[~of_class])
    inside, outside = p[of_class], p[~of_class][order]
    inner, outer = weights[of_class], weights[~of_class][order]
    if not inner.any() or not outer.any():
        return None
    if np.isnan(p).any():
        return float("nan")
    up_to = np.concatenate([[0.0], np.cumsum(outer)])  # exact where weights are 1
    below = up_to[np.searchsorted(outside, inside, "left")]
    below += up_to[np.searchsorted(outside, inside, "right")]
    return float(np.dot(inner, below) / (2 * inner.sum() * up_to[-1]))
