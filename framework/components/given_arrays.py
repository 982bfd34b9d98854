"""Arrays from Python, made into those that a dataset of arrays reads, by the same names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from framework.components.base import Array
from framework.components.columns import Columns
from framework.components.table import (
    as_array,
    categories_of,
    codes,
    frame_columns,
    is_frame,
    numbers,
    read_table,
)
from framework.errors import DataError


def given_arrays(
    inputs: Any, targets: Any, validation: Any = None, test: Any = None
) -> dict[str, Any]:
    """Return the arrays of a call of `framework.fit`, by the names that files have for them.

    Parameters
    ----------
    inputs : an array, lists, or a table with named columns (a DataFrame).
    targets : one for each row; texts are classes; a string is the name of their column.
    validation, test : a pair of inputs and targets; None to hold out rows.

    Returns
    -------
    ``inputs``, ``targets``, ``validation_inputs``, … and for tables ``columns`` and their
    ``categories``, for classes that are texts ``class_names``.

    Raises
    ------
    DataError : naming what is no array or no pair.
    """
    pairs = {"": (inputs, targets)}
    for split, pair in {"validation": validation, "test": test}.items():
        if pair is None:
            continue
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            kind = type(pair).__name__
            raise DataError(f"{split}: expected a pair, (inputs, targets), got {kind}")
        pairs[f"{split}_"] = (pair[0], pair[1])
    pairs = {prefix: _with_target_column(prefix, *pair) for prefix, pair in pairs.items()}
    read = _inputs({prefix: pair[0] for prefix, pair in pairs.items()})
    return read | _targets({prefix: pair[1] for prefix, pair in pairs.items()})


def _with_target_column(prefix: str, inputs: Any, targets: Any) -> tuple[Any, Any]:
    if targets is None:
        raise DataError(f"{prefix}targets: there are none; expected one for each row of the inputs")
    if isinstance(targets, str) and is_frame(inputs):
        columns = frame_columns(inputs)
        if targets not in columns:
            raise DataError(f"{prefix}targets: there is no column '{targets}' in the inputs")
        return columns, columns.pop(targets)
    return (frame_columns(inputs) if is_frame(inputs) else inputs), targets


def _inputs(given: Mapping[str, Any]) -> dict[str, Any]:
    """Read the inputs of all splits; categories are those that any of them has."""
    first = given[""]
    if not isinstance(first, Mapping):
        return {f"{prefix}inputs": _array(x, f"{prefix}inputs") for prefix, x in given.items()}
    tables = {prefix: x for prefix, x in given.items() if isinstance(x, Mapping)}
    known = Columns(
        tuple(first),
        tuple(
            tuple(sorted({c for x in tables.values() if name in x for c in _categories(x[name])}))
            for name in first
        ),
    )
    read: dict[str, Any] = {"columns": list(known.names), "categories": known.categories}
    for prefix, x in given.items():
        name = f"{prefix}inputs"
        read[name] = read_table(x, known, name).numbers if prefix in tables else _array(x, name)
    return read


def _categories(column: Any) -> tuple[str, ...]:
    return categories_of(as_array(column))


def _targets(given: Mapping[str, Any]) -> dict[str, Any]:
    """Read the targets of all splits; texts become labels of the classes that any of them has."""
    read = {prefix: _target(t, f"{prefix}targets") for prefix, t in given.items()}
    names = sorted({name for array in read.values() for name in _names(array)})
    made: dict[str, Any] = {"class_names": names} if names else {}
    for prefix, array in read.items():
        name = f"{prefix}targets"
        if names:
            labels = codes(array, names, "targets", name)
            if np.isnan(labels).any():
                row = int(np.argmax(np.isnan(labels)))
                raise DataError(f"{name}: that of row {row} is missing; expected a class")
            made[name] = labels.astype(np.int64)
        else:
            made[name] = numbers(array, name) if array.dtype.kind in "bO" else array
    return made


def _names(array: Array) -> tuple[str, ...]:
    return categories_of(array) if array.ndim == 1 else ()


def _target(targets: Any, name: str) -> Array:
    if is_frame(targets):
        columns = frame_columns(targets)
        if len(columns) == 1:
            return as_array(next(iter(columns.values())))
        return read_table(columns, Columns(tuple(columns), ((),) * len(columns)), name).numbers
    return as_array(targets) if hasattr(targets, "to_numpy") else _array(targets, name)


def _array(given: Any, name: str) -> Array:
    if np.ma.is_masked(given):
        raise DataError(f"{name} are masked in places; expected all numbers: {name}.filled(…)")
    try:
        return np.asarray(given)
    except (ValueError, TypeError) as error:
        raise DataError(f"{name} are no array: {error}") from error
