"""Tables of named columns as arrays of numbers: texts become the codes of categories.

Tables of other libraries (pandas, polars) are known by what they have, and never imported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from framework.components.base import Array
from framework.components.columns import Columns
from framework.errors import DataError
from framework.text import nearest


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers ``[rows, columns]`` of float64; what is missing is NaN, categories are codes."""

    numbers: Array
    columns: Columns


def is_frame(table: object) -> bool:
    """Return whether something is a table: it has ``columns``, and gives each by its name."""
    return all(hasattr(table, name) for name in ("columns", "to_numpy", "__getitem__"))


def frame_columns(frame: Any) -> dict[str, Any]:
    """Return the columns of a DataFrame by their names.

    Raises
    ------
    DataError : when two have the same name.
    """
    names = [str(name) for name in frame.columns]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"inputs: two columns are called '{twice}'; expected a name for each")
    return {str(name): frame[name] for name in frame.columns}


def read_table(
    given: Mapping[str, Any], known: Columns | None = None, what: str = "inputs"
) -> Table:
    """Return columns by name as a table.

    Parameters
    ----------
    given : name → values: numbers, booleans, or texts, which are categories; what is missing is
        None, NaN, or pandas' NA.
    known : the columns to take, in their order, with the categories they had; others are left out.
        None takes all, and finds out their categories: the texts that are seen, sorted.
    what : what to call the table in messages.

    Raises
    ------
    DataError : naming the column that is missing, or the value that is no number or category.
    """
    if not given:
        raise DataError(f"{what}: a table without columns; expected one for each feature")
    names = tuple(given) if known is None else known.names
    columns, categories = [], []
    for i, name in enumerate(names):
        if name not in given:
            raise DataError(
                f"{what}: there is no column '{name}', which the network was trained on;"
                f" {nearest(name, given)}"
            )
        values = as_array(given[name])
        of_column = categories_of(values) if known is None else known.categories[i]
        categories.append(of_column)
        columns.append(
            codes(values, of_column, name, what) if of_column else numbers(values, name, what)
        )
    return Table(
        np.stack([np.asarray(column, np.float64) for column in columns], axis=1),
        Columns(names, tuple(categories)),
    )


def as_array(column: Any) -> Array:
    """Return a column as an array, whatever holds it."""
    return np.asarray(column.to_numpy() if hasattr(column, "to_numpy") else column)


def categories_of(values: Array) -> tuple[str, ...]:
    """Return the categories of a column, sorted; none when it has numbers.

    >>> categories_of(np.array(["b", "a", None, "b"], dtype=object))
    ('a', 'b')
    """
    if values.dtype.kind in "US":
        return tuple(sorted({str(value) for value in values.tolist()}))
    if values.dtype.kind != "O":
        return ()
    present = [value for value in values.tolist() if not is_missing(value)]
    if not any(isinstance(value, str) for value in present):
        return ()
    return tuple(sorted({str(value) for value in present}))


def codes(values: Array, categories: Sequence[str], name: str, what: str) -> Array:
    """Return which category each value is, as a number from 0; NaN for what is missing.

    Raises
    ------
    DataError : naming the first value that is none of them.
    """
    known = {category: float(i) for i, category in enumerate(categories)}
    made = np.full(len(values), np.nan)
    for i, value in enumerate(values.tolist()):
        if is_missing(value):
            continue
        code = known.get(str(value))
        if code is None:
            raise DataError(
                f"{what}: column '{name}' has '{str(value)[:60]}' in row {i}, which training did"
                f" not; {nearest(str(value), categories)}"
            )
        made[i] = code
    return made


def numbers(values: Array, name: str, what: str = "inputs") -> Array:
    """Return a column as numbers; what is missing is NaN, true and false are 1 and 0.

    Raises
    ------
    DataError : naming the column and what it has instead.
    """
    if values.dtype.kind in "uif":
        return values
    if values.dtype.kind == "b":
        return values.astype(np.uint8)
    made = np.full(values.shape, np.nan)
    for i, value in enumerate(values.tolist()):
        if is_missing(value):
            continue
        try:
            made[i] = float(value)
        except (TypeError, ValueError):
            raise DataError(
                f"{what}: column '{name}' has {str(value)[:60]!r} in row {i}; expected numbers"
            ) from None
    return made


def is_missing(value: object) -> bool:
    """Return whether a value stands for none: None, NaN, or pandas' NA and NaT."""
    return value is None or type(value).__name__ in ("NAType", "NaTType") or value != value
