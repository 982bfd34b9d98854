"""Formulas of layers and joins, bound to the arrays that they fill, or whose results are copied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from framework.components.base import Array
from framework.components.layer import Arrays
from framework.engine.affine import Buffer
from framework.engine.blas import Call
from framework.engine.declared import as_result
from framework.engine.graph import BoundLayer
from framework.errors import PluginError

Formula = Callable[..., Array | None]


def like(activations: Buffer) -> Array:
    """Make an array in the form of a batch of activations, without the column of ones."""
    x = activations.x
    flat = x.ndim == 2 and x.strides[0] == x.itemsize
    return np.zeros(x.shape, x.dtype, order="F" if flat else "C")


def filling(
    bound: BoundLayer, formula: Formula, out: Array, inputs: tuple[Any, ...], arrays: Arrays
) -> Call:
    """Bind a formula that may fill `out` or return its result."""

    def call() -> None:
        result = formula(*inputs, out, arrays)
        if result is not None and result is not out:
            out[...] = as_result(bound.label, formula.__name__, result, out)

    return call


def filling_each(
    bound: BoundLayer,
    formula: Callable[..., Sequence[Array] | None],
    outs: list[Array],
    inputs: tuple[Any, ...],
    arrays: Arrays,
) -> Call:
    """Bind a join's way back, which may fill `outs` or return its results."""

    def call() -> None:
        results = formula(*inputs, outs, arrays)
        if results is None or results is outs:
            return
        if not isinstance(results, list | tuple) or len(results) != len(outs):
            raise PluginError(
                f"join '{bound.label}': {formula.__name__} gave {type(results).__name__}; expected"
                f" {len(outs)} arrays"
            )
        for result, out in zip(results, outs, strict=True):
            if result is not out:
                out[...] = as_result(bound.label, formula.__name__, result, out)

    return call
