"""Writes `metrics.npz`: what scikit-learn makes of scores and targets.

    python -m tests.golden.metrics        # needs scikit-learn; the suite does not

A case is a metric of ours, its fields, what it is given and the figures that must come out.
`tests/plugins/test_golden_metrics.py` reads them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_suffix(".npz")
Case = tuple[str, dict[str, Any], Any, Any, float]
"""Metric, its fields, what it takes, targets, its figure."""


def of_labels(p: Any, labels: Any) -> Iterator[Case]:
    """Give the cases of some probabilities, ``[B, C]``, and labels."""
    from sklearn import metrics
    from sklearn.calibration import calibration_curve

    classes, decided = np.arange(p.shape[1]), p.argmax(axis=1)
    two = len(classes) == 2
    score = p[:, 1] if two else p
    for k in (1, 2, 4):
        if two and k > 1:
            continue
        value = metrics.top_k_accuracy_score(labels, score, k=k, labels=classes)
        yield "top_k", {"k": k}, p, labels, value
    yield "log_loss", {}, p, labels, metrics.log_loss(labels, p, labels=classes)
    yield "brier", {}, p, labels, metrics.brier_score_loss(labels, p, labels=classes)
    yield "accuracy", {}, decided, labels, metrics.accuracy_score(labels, decided)
    yield "matthews", {}, decided, labels, metrics.matthews_corrcoef(labels, decided)
    for average, ranks in (("f1_score", "f1"), ("precision_score", "precision"), ("recall_score", "recall")):  # fmt: skip  # noqa: E501
        value = getattr(metrics, average)(labels, decided, average="macro", zero_division=0)
        yield "precision_recall_f1", {"ranks": ranks}, decided, labels, value
    seen = len(np.unique(labels))
    if seen == len(classes):
        value = metrics.roc_auc_score(labels, score, multi_class="ovr", labels=classes)
        yield "auc", {}, p, labels, value
    for bins in (15, 4):
        right, largest = (decided == labels).astype(float), p.max(axis=1)
        edges = np.linspace(0, 1, bins + 1)
        counts = np.bincount(np.searchsorted(edges[1:-1], largest), minlength=bins)
        shares, means = calibration_curve(right, largest, n_bins=bins, pos_label=1.0)
        value = float(np.sum(counts[counts > 0] * np.abs(shares - means)) / len(p))
        yield "calibration_error", {"bins": bins}, p, labels, value


def of_values(z: Any, t: Any) -> Iterator[Case]:
    """Give the cases of some outputs and values, ``[B, K]``."""
    from sklearn import metrics

    yield "mean_absolute_error", {}, z, t, metrics.mean_absolute_error(t, z)
    yield "root_mean_squared_error", {}, z, t, metrics.root_mean_squared_error(t, z)
    yield "r2", {}, z, t, metrics.r2_score(t, z)


def cases() -> Iterator[Case]:
    """Give all cases: usual ones, ties, absent classes, one class only, constant values."""
    rng = np.random.default_rng(2026)
    for classes in (2, 5):
        p = rng.dirichlet(np.full(classes, 0.5), 60)
        ties = np.round(rng.dirichlet(np.full(classes, 2.0), 60) * 4) / 4
        ties = (ties + 1e-300) / (ties + 1e-300).sum(axis=1, keepdims=True)
        sure = np.eye(classes)[rng.integers(0, classes, 60)]
        for given in (p, ties, sure):
            labels = rng.integers(0, classes, 60)
            yield from of_labels(given, labels)
            yield from of_labels(given, np.full(60, classes - 1))  # one class only
            if classes > 2:
                yield from of_labels(given, rng.integers(0, 3, 60))  # two are absent
    for columns in (1, 3):
        t = rng.standard_normal((60, columns)) * 10.0 ** np.arange(columns)
        yield from of_values(t + rng.standard_normal(t.shape), t)
        yield from of_values(t + 1e6 + rng.standard_normal(t.shape), t + 1e6)
        yield from of_values(t, t)
        constant = np.full_like(t, 0.5)
        yield from of_values(constant, constant)
        yield from of_values(t, constant)


def main() -> None:
    """Write the file."""
    import warnings

    warnings.simplefilter("ignore")  # of one class only
    names: list[str] = []
    arrays: dict[str, Any] = {}
    for number, (name, fields, z, t, value) in enumerate(cases()):
        names.append(json.dumps([name, fields, value]))
        arrays |= {f"{number:03}z": z, f"{number:03}t": t}
    np.savez_compressed(FILE, cases=np.array(names), **arrays)


if __name__ == "__main__":
    main()
