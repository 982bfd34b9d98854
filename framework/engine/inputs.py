"""What a trained network is given: arrays it can take, or a line that says why not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from framework.components.base import Array, Shape
from framework.components.columns import UNNAMED, Columns
from framework.components.data_check import CURES
from framework.components.data_form import DataForm
from framework.components.table import Table, as_array, frame_columns, is_frame, read_table
from framework.errors import DataError

Inputs = ArrayLike | Mapping[str, Any] | Table
"""What a network may be asked about: arrays or lists, a table, or columns by their names."""

_PICTURE = 128  # from which largest number on bytes are taken for those of pictures


@dataclass(frozen=True, eq=False)
class Samples:
    """Inputs as rows, and whether they were given as a single sample."""

    rows: Array
    alone: bool

    def as_given(self, made: Array) -> Array:
        """Return what was made for each row; for a single sample without the axis of rows."""
        return made[0] if self.alone else made


def as_samples(inputs: Inputs, sample: Shape, trained_on: DataForm | None = None) -> Samples:
    """Return inputs as an array ``[N, *sample shape]``.

    Parameters
    ----------
    inputs : many samples, or a single one, which has the shape of a sample; an array, lists, or a
        table: a DataFrame of pandas or polars, columns by name, or a `Table`.
    sample : the shape of a sample.
    trained_on : the data the network was trained on; None when that is not known.

    Raises
    ------
    DataError : naming the dtype or shape that was met, and which fits.
    """
    columns = trained_on.columns if trained_on else Columns()
    if isinstance(inputs, Table):
        inputs = _columns_of(inputs)
    if isinstance(inputs, Mapping):
        array = _of_columns(inputs, columns)
    else:
        array = _of_frame(inputs, columns) if is_frame(inputs) else _array(inputs, sample)
    if array.dtype.kind not in "uif":
        raise DataError(
            f"inputs are {array.dtype} of shape {array.shape}; numbers are needed;"
            f" {CURES.get(array.dtype.kind, 'expected integers or floats')}"
        )
    samples = _rows(array, sample, trained_on.image_shape if trained_on else None, columns)
    if trained_on is not None:
        _check_units(samples.rows, trained_on)
    return samples


def _array(inputs: ArrayLike, sample: Shape) -> Array:
    if np.ma.is_masked(inputs):
        raise DataError("inputs are masked in places; expected all numbers: inputs.filled(…)")
    try:
        array = np.asarray(inputs)
    except (ValueError, TypeError) as error:
        raise DataError(f"inputs are no array: {error}; expected {_expected(sample)}") from error
    if array.dtype == object and not array.ndim:
        raise DataError(
            f"inputs are a {type(inputs).__name__}; expected an array, lists or a DataFrame"
        )
    return array


def _of_frame(frame: object, known: Columns) -> Array:
    """Return a DataFrame's numbers, its columns found by the names that training had."""
    return _of_columns(frame_columns(frame), known)


def _of_columns(given: Mapping[str, Any], known: Columns) -> Array:
    """Return the numbers of columns by name: lists, arrays, or a number for a single row."""
    columns = {name: np.atleast_1d(as_array(column)) for name, column in given.items()}
    rows = {len(column) for column in columns.values()}
    if len(rows) > 1 or any(column.ndim > 1 for column in columns.values()):
        shapes = ", ".join(f"'{n}' {column.shape}" for n, column in list(columns.items())[:6])
        raise DataError(f"inputs: columns have shapes {shapes}; expected as many rows in each")
    plain = Columns(tuple(columns), ((),) * len(columns))
    return read_table(columns, known if known.names else plain).numbers


def _columns_of(table: Table) -> dict[str, Array]:
    """Return a table as columns by name, its codes as the categories they stand for."""
    columns = {}
    for i, (name, categories) in enumerate(
        zip(table.columns.names, table.columns.categories, strict=True)
    ):
        column = table.numbers[:, i]
        if categories:
            texts = [None if np.isnan(code) else categories[int(code)] for code in column]
            column = np.array(texts, dtype=object)
        columns[name] = column
    return columns


def _rows(array: Array, sample: Shape, image: Shape | None, columns: Columns) -> Samples:
    size = math.prod(sample)
    one_number = sample == (1,)  # a list of numbers is then a list of samples
    if array.shape == (() if one_number else sample) or (
        image is not None and array.shape == image and size == math.prod(image)
    ):
        return Samples(array.reshape(1, *sample), alone=True)
    if array.size % size or not array.ndim or array.size != len(array) * size:
        names = ", ".join(f"'{name}'" for name in columns.names[:20])
        named = f", the columns {names}" if names else ""
        raise DataError(f"inputs have shape {array.shape}; expected {_expected(sample)}{named}")
    return Samples(array.reshape(len(array), *sample), alone=False)


def _check_units(rows: Array, trained_on: DataForm) -> None:
    """Refuse bytes where floats up to 1 were trained on, and such floats in the place of bytes.

    What a number means is what it meant in training, whatever its type; these two are the same
    pictures in other units, which nothing else would notice.
    """
    if not rows.size:
        return
    if trained_on.dtype == "uint8" and rows.dtype.kind == "f":
        inside = trained_on.largest >= _PICTURE and np.all((rows >= 0) & (rows <= 1))
        if inside and np.any(rows != np.floor(rows)):
            raise DataError(_other_units(rows, trained_on, f"inputs * {trained_on.largest:.0f}"))
    elif trained_on.dtype.startswith("float") and rows.dtype == np.uint8:
        small = trained_on.lowest >= -1 and trained_on.largest <= 1
        if small and rows.max() >= _PICTURE:
            raise DataError(_other_units(rows, trained_on, "for instance inputs / 255"))


def _other_units(rows: Array, trained_on: DataForm, cure: str) -> str:
    return (
        f"inputs are {rows.dtype} from {rows.min():.6g} to {rows.max():.6g}, and the network was"
        f" trained on {trained_on.units()}; expected the same units, {cure}"
    )


def as_compared(targets: Array, dtype: str) -> Array:
    """Return targets as losses and metrics get them, in training and in evaluation alike.

    Labels become int64, whatever integers they are kept as (differences of unsigned ones wrap
    around, and numpy 2.0 takes no uint64 for an index); values become the network's ``dtype``.
    """
    return targets.astype(np.int64 if targets.ndim == 1 else dtype, copy=False)


def check_finite(
    rows: Array, first: int, dtype: str, columns: Columns = UNNAMED, *, missing: bool = False
) -> None:
    """Refuse rows with numbers that are not finite, or beyond what a dtype holds.

    Parameters
    ----------
    rows : a block of samples.
    first : the number of its first row, for the message.
    columns : the names of its columns.
    missing : whether NaN are taken, by a transform.

    Raises
    ------
    DataError : naming the first such row and feature, from 0.
    """
    largest = np.finfo(dtype).max
    if rows.dtype.kind != "f" or not rows.size or np.max(np.abs(rows)) <= largest:
        return
    usable = np.abs(rows) <= largest
    if missing:
        usable |= np.isnan(rows)
        if usable.all():
            return
    at = np.unravel_index(int(np.argmin(usable)), rows.shape)
    row, feature = first + int(at[0]), ", ".join(str(int(i)) for i in at[1:])
    if columns.names:
        feature = columns.shown(int(at[1]))
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
    if np.isnan(rows[row]).any():
        feature = int(np.argmax(np.isnan(rows[row]).ravel()))
        raise DataError(
            f"inputs in row {first + row}, feature {feature} are missing, and no transform fills"
            " them; expected finite numbers"
        )
    largest = np.max(np.abs(rows[row].astype(np.float64)))
    raise DataError(
        f"outputs for row {first + row} are not finite: its inputs, up to {largest:.3g}, are too"
        " large for this network, or its parameters are not finite"
    )


def _expected(sample: Shape) -> str:
    alone = "" if sample == (1,) else f", or {sample} for one sample"
    return f"shape (N, {', '.join(map(str, sample))}){alone}"
