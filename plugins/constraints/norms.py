"""Norms of the parts of a weight array."""

from __future__ import annotations

from typing import Literal

import numpy as np

from framework import Array

Of = Literal["unit", "row", "whole"]
"""What has a norm: the weights into a unit, ``W[:, j]``; a row of a table; or the whole array."""


def norms(w: Array, of: Of, scratch: Array) -> Array:
    """Return the norms of the parts of an array, to be divided by; ``scratch`` is used up.

    Squares are of numbers up to 1, so that those of very large or small weights lose nothing.

    >>> norms(np.array([[3.0, 0.0], [4.0, 2.0]]), "unit", np.empty((2, 2)))
    array([[5., 2.]])
    """
    axes = None if of == "whole" or w.ndim == 1 else _axes(w.ndim, of)
    np.abs(w, out=scratch)
    largest = scratch.max(axis=axes, keepdims=True)
    np.divide(scratch, largest + (largest == 0), out=scratch)
    np.multiply(scratch, scratch, out=scratch)
    sums = scratch.sum(axis=axes, keepdims=True)
    np.sqrt(sums, out=sums)
    sums *= largest
    return np.asarray(sums)


def _axes(dimensions: int, of: Of) -> tuple[int, ...]:
    return tuple(range(dimensions - 1)) if of == "unit" else (dimensions - 1,)
