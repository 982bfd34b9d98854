"""What a trained network is given: arrays it can take, or a line that says why not."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from framework.components.base import Array, Shape
from framework.components.data_check import CURES
from framework.errors import DataError


def as_samples(inputs: ArrayLike, sample: Shape) -> Array:
    """Return inputs as an array ``[N, *sample shape]``.

    Raises
    ------
    DataError : naming the dtype or shape that was met, and which fits.
    """
    if np.ma.is_masked(inputs):
        raise DataError("inputs are masked in places; expected all numbers: inputs.filled(…)")
    try:
        array = np.asarray(inputs)
    except ValueError as error:
        raise DataError(f"inputs are no array: {error}; expected {_rows(sample)}") from error
    if array.dtype.kind not in "uif":
        raise DataError(
            f"inputs are {array.dtype} of shape {array.shape}; numbers are needed;"
            f" {CURES.get(array.dtype.kind, 'expected integers or floats')}"
        )
    size = math.prod(sample)
    if array.size == size and array.ndim and len(array) != 1:
        raise DataError(
            f"inputs of shape {array.shape} are a single sample; expected {_rows(sample)}:"
            " inputs[None]"
        )
    if array.size % size or (array.ndim and array.size != len(array) * size):
        raise DataError(f"inputs have shape {array.shape}; expected {_rows(sample)}")
    return array.reshape(array.size // size, *sample)


def as_compared(targets: Array, dtype: str) -> Array:
    """Return targets as losses and metrics get them, in training and in evaluation alike.

    Labels become int64, whatever integers they are kept as (differences of unsigned ones wrap
    around, and numpy 2.0 takes no uint64 for an index); values become the network's ``dtype``.
    """
    return targets.astype(np.int64 if targets.ndim == 1 else dtype, copy=False)


def check_finite(rows: Array, first: int, dtype: str) -> None:
    """Refuse rows with numbers that are not finite, or beyond what a dtype holds.

    Parameters
    ----------
    rows : a block of samples.
    first : the number of its first row, for the message.

    Raises
    ------
    DataError : naming the first such row and feature, from 0.
    """
    largest = np.finfo(dtype).max
    if rows.dtype.kind != "f" or not rows.size or np.max(np.abs(rows)) <= largest:
        return
    at = np.unravel_index(int(np.argmin(np.abs(rows) <= largest)), rows.shape)
    row, feature = first + int(at[0]), ", ".join(str(int(i)) for i in at[1:])
    value = rows[at]
    what = f"{value:g}, which {dtype} does not hold" if np.isfinite(value) else f"{value}"
    raise DataError(f"inputs in row {row}, feature {feature} are {what}; expected finite numbers")


def check_outputs(outputs: Array, rows: Array, first: int) -> None:
    """Refuse a block's outputs that are not finite: nothing can be said of such samples.

    Raises
    ------
    DataError : naming the first row, from 0.
    """
    if np.isfinite(outputs).all():
        return
    row = int(np.argmin(np.isfinite(outputs).reshape(len(outputs), -1).all(axis=1)))
    largest = np.max(np.abs(rows[row].astype(np.float64)))
    raise DataError(
        f"outputs for row {first + row} are not finite: its inputs, up to {largest:.3g}, are too"
        " large for this network, or its parameters are not finite"
    )


def _rows(sample: Shape) -> str:
    return f"shape (N, {', '.join(map(str, sample))})"
