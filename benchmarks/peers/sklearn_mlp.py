"""scikit-learn's `MLPClassifier`: `partial_fit`, which takes an epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.workloads import Workload

_ACTIVATIONS = {"relu": "relu", "sigmoid": "logistic", "tanh": "tanh"}
_MOMENTUM = {"sgd": 0.0, "momentum": 0.9, "adam": 0.0}


def sklearn_mlp(work: Workload, x: Any, y: Any) -> Callable[[], Any]:
    """Make a classifier; return what trains it for an epoch."""
    from sklearn.neural_network import MLPClassifier

    if work.rule not in _MOMENTUM or work.activation not in _ACTIVATIONS:
        raise LookupError(f"scikit-learn has no {work.rule} with {work.activation}")
    model = MLPClassifier(
        work.hidden,
        activation=_ACTIVATIONS[work.activation],
        solver="adam" if work.rule == "adam" else "sgd",
        alpha=2 * work.l2 * work.batch,
        batch_size=work.batch,
        learning_rate_init=work.rate,
        momentum=_MOMENTUM[work.rule],
        nesterovs_momentum=False,
        max_iter=1,
    )
    classes = np.arange(work.classes)

    def epoch() -> float:
        model.partial_fit(x, y, classes=classes)
        return float(model.loss_)

    return epoch
