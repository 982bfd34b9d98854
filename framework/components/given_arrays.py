"""Arrays from Python, made into those that a dataset of arrays reads, by the same names."""

from __future__ import annotations

from typing import Any

import numpy as np

from framework.components.base import Array
from framework.components.table import is_frame, numbers, table_array
from framework.errors import DataError


def given_arrays(
    inputs: Any, targets: Any, validation: Any = None, test: Any = None
) -> dict[str, Array]:
    """Return the arrays of a call of `framework.fit`, by the names that files have for them.

    Parameters
    ----------
    inputs : an array, lists, or a table with named columns (a DataFrame).
    targets : one for each row.
    validation, test : a pair of inputs and targets; None to hold out rows.

    Raises
    ------
    DataError : naming what is no array or no pair.
    """
    arrays = _pair("", inputs, targets)
    for split, pair in {"validation": validation, "test": test}.items():
        if pair is None:
            continue
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            kind = type(pair).__name__
            raise DataError(f"{split}: expected a pair, (inputs, targets), got {kind}")
        arrays |= _pair(f"{split}_", *pair)
    return arrays


def _pair(prefix: str, inputs: Any, targets: Any) -> dict[str, Array]:
    if targets is None:
        raise DataError(f"{prefix}targets: there are none; expected one for each row of the inputs")
    read = table_array(inputs) if is_frame(inputs) else _array(inputs, f"{prefix}inputs")
    return {f"{prefix}inputs": read, f"{prefix}targets": _targets(targets, f"{prefix}targets")}


def _targets(targets: Any, name: str) -> Array:
    if is_frame(targets):
        return table_array(targets)
    array = _array(targets, name)
    return numbers(array, name) if array.dtype.kind in "bO" else array


def _array(given: Any, name: str) -> Array:
    if np.ma.is_masked(given):
        raise DataError(f"{name} are masked in places; expected all numbers: {name}.filled(…)")
    try:
        return np.asarray(given)
    except (ValueError, TypeError) as error:
        raise DataError(f"{name} are no array: {error}") from error
