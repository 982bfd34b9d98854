"""A plain numpy loop as one writes it by hand: a new array for every result."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, pairwise
from typing import Any

import numpy as np

from benchmarks.peers.rules import rule_of
from benchmarks.workloads import Workload

_TANH_OF_GELU = (2 / np.pi) ** 0.5


def numpy_loop(work: Workload, x: Any, y: Any) -> Callable[[], Any]:
    """Build the loop; return what trains an epoch."""
    rng = np.random.default_rng(0)
    ws = [(rng.standard_normal(s) * 0.05).astype(np.float32) for s in pairwise(work.units)]
    bs = [np.zeros(u, np.float32) for u in work.units[1:]]
    rule, steps = rule_of(work, np), count(1)
    parameters = ws + bs
    kept = [tuple(np.zeros_like(p) for _ in range(rule.slots)) for p in parameters]
    depth = len(ws)

    def epoch() -> None:
        order = rng.permutation(len(x))
        for s in range(work.steps):
            rows = order[s * work.batch : (s + 1) * work.batch]
            a, slopes = [x[rows]], []
            for i in range(depth):
                z = a[-1] @ parameters[i] + parameters[depth + i]
                if i < depth - 1:
                    z, slope = _activate(work.activation, z)
                    slopes.append(slope)
                a.append(z)
            e = np.exp(a[-1] - a[-1].max(axis=1, keepdims=True))
            g = e / e.sum(axis=1, keepdims=True)
            g[np.arange(len(rows)), y[rows]] -= 1
            g /= len(rows)
            gradients: list[Any] = [None] * (2 * depth)
            for i in reversed(range(depth)):
                gradients[i] = a[i].T @ g
                if work.l2:
                    gradients[i] += 2 * work.l2 * parameters[i]
                gradients[depth + i] = g.sum(axis=0)
                if i:
                    g = (g @ parameters[i].T) * slopes[i - 1]
            t = next(steps)
            for i, gradient in enumerate(gradients):
                parameters[i], kept[i] = rule.move(parameters[i], gradient, kept[i], t)

    return epoch


def _activate(name: str, z: Any) -> tuple[Any, Any]:
    """Return an activation and its slope."""
    if name == "relu":
        return np.maximum(z, 0), z > 0
    if name == "sigmoid":
        a = 1 / (1 + np.exp(-z))
        return a, a * (1 - a)
    if name == "tanh":
        a = np.tanh(z)
        return a, 1 - a * a
    square = z * z
    t = np.tanh(_TANH_OF_GELU * z * (1 + 0.044715 * square))
    slope = 0.5 * (1 + t) + 0.5 * z * (1 - t * t) * _TANH_OF_GELU * (1 + 3 * 0.044715 * square)
    return 0.5 * z * (1 + t), slope
