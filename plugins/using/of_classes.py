"""How good a network is for each class, and what it takes each for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from framework import Array, shown_figure

MOST_CLASSES = 50
"""Classes of which a matrix of all pairs is kept and drawn."""


def confusion(labels: Array, predicted: Array, classes: int) -> Array:
    """Return how often each class (rows) is taken for each (columns), ``[C, C]``.

    >>> confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    array([[1, 1],
           [0, 1]])
    """
    counts = np.bincount(labels * classes + predicted, minlength=classes * classes)
    return counts.reshape(classes, classes)


def figures_of_labels(labels: Array, predicted: Array, names: list[str]) -> list[dict[str, Any]]:
    """Return rows, precision, recall and F1 of each class, where targets are labels."""
    classes = len(names)
    hits = np.bincount(labels[labels == predicted], minlength=classes)
    said, there = (np.bincount(array, minlength=classes) for array in (predicted, labels))
    return _rows(hits, said, there, names)


def figures_of_sets(targets: Array, predicted: Array, names: list[str]) -> list[dict[str, Any]]:
    """Return rows, precision, recall and F1 of each class, where targets are sets of classes."""
    hits = (targets * predicted).sum(axis=0)
    return _rows(hits, predicted.sum(axis=0), targets.sum(axis=0), names)


def _rows(hits: Array, said: Array, there: Array, names: list[str]) -> list[dict[str, Any]]:
    """Return each class's figures; None where nothing was said, or there is nothing to find."""
    return [
        {
            "class": names[i],
            "rows": int(there[i]),
            "predicted": int(said[i]),
            "precision": _share(hits[i], said[i]),
            "recall": _share(hits[i], there[i]),
            "f1": _share(2 * hits[i], said[i] + there[i]),
        }
        for i in range(len(names))
    ]


def _share(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None


def shown(row: Mapping[str, Any]) -> list[str]:
    """Return a row's cells for a table; '–' where there is no figure."""
    return [
        "–" if value is None else shown_figure(value) if isinstance(value, float) else str(value)
        for value in row.values()
    ]
