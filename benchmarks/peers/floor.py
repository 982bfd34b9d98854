"""The matrix products of the steps alone, through `np.dot`: no biases, loss or update."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.workloads import Workload


def floor(work: Workload, x: Any, y: Any) -> Callable[[], Any]:
    """Return what makes the products of an epoch."""
    rng = np.random.default_rng(0)
    units, batch = work.units, work.batch
    weights = [rng.standard_normal(s).astype(np.float32) for s in pairwise(units)]
    inputs = [rng.standard_normal((batch, u)).astype(np.float32) for u in units]
    into_w, into_x = [np.empty_like(w) for w in weights], [np.empty_like(a) for a in inputs]
    calls = [(inputs[i], w, into_x[i + 1]) for i, w in enumerate(weights)]
    for i in reversed(range(len(weights))):
        calls.append((inputs[i].T, inputs[i + 1], into_w[i]))
        if i:
            calls.append((inputs[i + 1], weights[i].T, into_x[i]))
    dot = np.dot

    def epoch() -> None:
        for _ in range(work.steps):
            for a, b, out in calls:
                dot(a, b, out=out)

    return epoch
