"""What expressions are made of: every operation, as numpy does it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from framework.components.base import Array


def _sigmoid(x: Array) -> Array:
    e = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1, e) / (1 + e))


def _log_softmax(x: Array) -> Array:
    shifted = x - x.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def _columns(x: Array, start: int, stop: int, step: int) -> Array:
    return x[..., start:stop:step]


def _part(x: Array, number: int, count: int) -> Array:
    return np.split(x, count, axis=-1)[number]


def _reshape(x: Array, sample: tuple[int, ...]) -> Array:
    return x.reshape(len(x), *sample)


def _concatenate(*parts: Array, axis: int) -> Array:
    return np.concatenate(parts, axis=axis)


def _pick(x: Array, labels: Array) -> Array:
    return np.asarray(x[np.arange(len(x)), labels.astype(np.int64)])


def _is_label(x: Array, labels: Array) -> Array:
    return np.asarray(labels[:, None] == np.arange(x.shape[-1]))


def _rows(table: Array, numbers: Array) -> Array:
    return np.asarray(table[numbers.astype(np.int64)])


OPERATIONS: Mapping[str, Callable[..., Any]] = {
    **{
        name: getattr(np, name)
        for name in (
            *("add", "subtract", "multiply", "divide", "power", "matmul", "greater", "negative"),
            *("maximum", "minimum", "where", "exp", "expm1", "log", "sqrt", "abs", "tanh", "isnan"),
            *("sum", "mean", "max", "argmax"),
        )
    },
    "sigmoid": _sigmoid,
    "number": lambda x: x.astype(np.float64),
    "softplus": lambda x: np.logaddexp(0, x),
    "erf": np.vectorize(math.erf, otypes=[float]),
    "softmax": lambda x: np.exp(_log_softmax(x)),
    "log_softmax": _log_softmax,
    "columns": _columns,
    "part": _part,
    "reshape": _reshape,
    "concatenate": _concatenate,
    "rows": _rows,
    "pick": _pick,
    "is_label": _is_label,
}
"""Every operation, as numpy does it."""
