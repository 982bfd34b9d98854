"""Tables of other libraries (pandas, polars, …), known by what they have, never imported."""

from __future__ import annotations

from typing import Any

import numpy as np

from framework.components.base import Array
from framework.errors import DataError


def is_frame(table: object) -> bool:
    """Return whether something is a table: it has ``columns``, and gives each by its name."""
    return all(hasattr(table, name) for name in ("columns", "to_numpy", "__getitem__"))


def columns_of(table: Any) -> tuple[str, ...]:
    """Return the names of a table's columns."""
    return tuple(str(name) for name in table.columns)


def table_array(table: Any) -> Array:
    """Return a table's numbers, ``[rows, columns]``; what is missing is NaN.

    Raises
    ------
    DataError : naming the first column that has no numbers.
    """
    columns = [numbers(table[name], str(name)) for name in table.columns]
    if not columns:
        raise DataError("inputs are a table without columns; expected one for each feature")
    return np.stack(columns, axis=1)


def numbers(column: Any, name: str) -> Array:
    """Return a column as numbers; what is missing is NaN, true and false are 1 and 0.

    Raises
    ------
    DataError : naming the column and what it has instead.
    """
    array = np.asarray(column.to_numpy() if hasattr(column, "to_numpy") else column)
    if array.dtype.kind in "uif":
        return array
    if array.dtype.kind == "b":
        return array.astype(np.uint8)
    if array.dtype.kind != "O":
        raise DataError(f"column '{name}' has {array.dtype}; expected numbers")
    made = np.full(array.shape, np.nan)
    for i, value in enumerate(array):
        if is_missing(value):
            continue
        try:
            made[i] = value
        except (TypeError, ValueError):
            raise DataError(f"column '{name}' has {value!r} in row {i}; expected numbers") from None
    return made


def is_missing(value: object) -> bool:
    """Return whether a value stands for none: None, NaN, or pandas' NA and NaT."""
    return value is None or type(value).__name__ in ("NAType", "NaTType") or value != value
