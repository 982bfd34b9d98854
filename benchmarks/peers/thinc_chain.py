"""Thinc on its numpy operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.workloads import Workload


def thinc_chain(work: Workload, x: Any, y: Any) -> Callable[[], Any]:
    """Make a chain of layers; return what trains it for an epoch."""
    from thinc.api import SGD, Adam, CategoricalCrossentropy, Linear, Relu, Sigmoid, chain

    layer = {"relu": Relu, "sigmoid": Sigmoid}.get(work.activation)
    rule = {"sgd": SGD, "adam": Adam}.get(work.rule)
    if layer is None or rule is None or work.l2:
        raise LookupError("of Thinc, ReLU and sigmoid, SGD and Adam without L2 are compared")
    model: Any = chain(*(layer(u) for u in work.hidden), Linear(work.classes))
    model.initialize(x[:5], np.eye(work.classes, dtype=np.float32)[y[:5]])
    # by default its rules clip gradients and keep averages, which nobody else is asked for
    optimizer = rule(work.rate, grad_clip=0.0, use_averages=False)
    loss, rng = CategoricalCrossentropy(), np.random.default_rng(0)

    def epoch() -> None:
        order = rng.permutation(len(x))
        for s in range(work.steps):
            rows = order[s * work.batch : (s + 1) * work.batch]
            z, backward = model.begin_update(x[rows])
            shifted = np.exp(z - z.max(axis=1, keepdims=True))
            backward(loss.get_grad(shifted / shifted.sum(axis=1, keepdims=True), y[rows]))
            model.finish_update(optimizer)

    return epoch
