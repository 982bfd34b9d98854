"""From the columns of a table to data: which are inputs, which are targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from framework import Array, Columns, Data, DataError, Targets, nearest, read_table

from .held_out import SPLITS, HoldOut
from .whole_arrays import Reading, data_of

_MANY = 50  # different integers, from which on a column of targets looks like quantities


@dataclass(frozen=True)
class Choice:
    """Which columns of a table are what.

    Attributes
    ----------
    target : the columns of the targets; none for the last one.
    columns : those of the inputs; none for all others.
    ignore : those that are left out.
    categories : columns of numbers that are categories.
    targets : what targets are; None for labels where they are texts or integers, else values.
    """

    target: tuple[str, ...]
    columns: tuple[str, ...]
    ignore: tuple[str, ...]
    categories: tuple[str, ...]
    targets: Targets | None

    def wanted(self, names: Sequence[str], source: str) -> list[str]:
        """Return which columns are read, of the names that a table has.

        Raises
        ------
        DataError : when it has not one that is asked for, or one that has no name.
        """
        has = frozenset(names)
        for key in ("target", "columns", "ignore", "categories"):
            for name in getattr(self, key):
                if name not in has:
                    raise DataError(
                        f"data.{key}: {source} has no column '{name}'; {nearest(name, names)}"
                    )
        target = self.target or tuple(name for name in names if name not in self.ignore)[-1:]
        left_out = {*target, *self.ignore}
        picked = self.columns or [name for name in names if name not in left_out]
        if "" in picked or "" in target:
            raise DataError(
                f"{source}: has a column without a name, as the row's number often is;"
                " DataFrame.to_csv(index=False) does not write that, and data.ignore=[''] leaves it"
                " out"
            )
        return [*picked, *(name for name in target if name not in picked)]


def data_of_table(
    table: Mapping[str, Any],
    choice: Choice,
    scale: float | None,
    hold_out: HoldOut,
    rng: np.random.Generator,
    source: str,
) -> Data:
    """Make data of the columns of a table.

    Parameters
    ----------
    table : name → numbers, or texts; what is missing is None or NaN.
    scale : what all inputs are multiplied by.

    Raises
    ------
    DataError : naming the source, and the column that is not there or not what it must be.
    """
    arrays, columns = _arrays(table, choice, source)
    reading = Reading(None, scale, True, choice.targets)
    data = data_of(arrays, reading, hold_out, rng, source)
    return replace(data, notes=(*data.notes, *_many_categories(columns, len(arrays["inputs"]))))


def whole_table(table: Mapping[str, Any], choice: Choice, scale: float | None, source: str) -> Data:
    """Return all rows of a table in each of the splits, to be measured.

    Raises
    ------
    DataError : as `data_of_table` does.
    """
    arrays, _ = _arrays(table, choice, source)
    for name in ("inputs", "targets"):
        for split in SPLITS:
            arrays[f"{split}_{name}"] = arrays[name]
        del arrays[name]
    nothing = HoldOut(0, 0, "last")
    reading = Reading(None, scale, True, choice.targets)
    data = data_of(arrays, reading, nothing, np.random.default_rng(0), source)
    return replace(data, train=data.test, validation=data.test)


def _arrays(
    table: Mapping[str, Any], choice: Choice, source: str
) -> tuple[dict[str, Any], Columns]:
    """Return inputs and targets, and the columns of the inputs."""
    target = choice.target or tuple(table)[-1:]
    inputs = choice.columns or tuple(name for name in table if name not in target)
    if not inputs:
        raise DataError(f"{source}: has no column beside its target; expected one of inputs")
    for name in target:
        if name in choice.columns:
            raise DataError(f"data.columns: '{name}' is the target, too; expected other columns")
    texts = {name: _as_texts(table[name]) for name in choice.categories if name in table}
    read = read_table({name: texts.get(name, table[name]) for name in inputs}, None, source)
    return {
        "inputs": read.numbers,
        "columns": list(read.columns.names),
        "categories": read.columns.categories,
        **_targets({name: table[name] for name in target}, choice.targets, source),
    }, read.columns


def _many_categories(columns: Columns, rows: int) -> Iterator[str]:
    """Return which columns have about as many categories as rows: names, hardly features."""
    for name, categories in zip(columns.names, columns.categories, strict=True):
        if len(categories) > max(_MANY, rows // 2):
            yield (
                f"column '{name}' has {len(categories)} categories in {rows} rows;"
                f" data.ignore=[{name}] leaves it out"
            )


def _targets(columns: Mapping[str, Array], wanted: Targets | None, source: str) -> dict[str, Any]:
    """Return targets: labels of one column, of texts or integers; values of any others."""
    if len(columns) == 1 and wanted != "values":
        ((name, column),) = columns.items()
        present = _present(column, name, source)
        if present.dtype.kind == "O" or wanted == "labels" or _are_integers(present):
            return _labels(present, name, source, sure=wanted == "labels")
    read = read_table(columns, None, source)
    for name, categories in zip(read.columns.names, read.columns.categories, strict=True):
        if categories:
            raise DataError(
                f"{source}: the target '{name}' has texts, as '{categories[0][:40]}'; expected"
                " numbers, or one target of classes"
            )
    missing = np.isnan(read.numbers)
    if missing.any():
        row, column = np.argwhere(missing)[0]
        raise DataError(
            f"{source}: the target '{read.columns.names[column]}' is missing in row {row}; expected"
            " one in every row"
        )
    return {"targets": read.numbers}


def _present(column: Array, name: str, source: str) -> Array:
    for row, value in enumerate(column.tolist()):
        if value is None or value != value:
            raise DataError(
                f"{source}: the target '{name}' is missing in row {row}; expected one in every row"
            )
    return column


def _are_integers(column: Array) -> bool:
    return column.dtype.kind in "ui" or (
        column.dtype.kind == "f" and bool(np.all(column == np.floor(column)))
    )


def _labels(column: Array, name: str, source: str, *, sure: bool) -> dict[str, Any]:
    """Return labels and the names of their classes, sorted; integers 0, 1, … need no names."""
    if column.dtype.kind == "O":
        texts = np.array([str(value) for value in column.tolist()])
        names, labels = np.unique(texts, return_inverse=True)
        return {"targets": labels.astype(np.int64), "class_names": names.tolist()}
    values, labels = np.unique(column.astype(np.int64), return_inverse=True)
    if not sure and len(values) > max(_MANY, len(column) // 10):
        raise DataError(
            f"{source}: the target '{name}' has {len(values)} different integers in"
            f" {len(column)} rows; if they are quantities, data.targets=values (and"
            " loss=mean_squared_error), if classes, data.targets=labels"
        )
    named = [] if np.array_equal(values, np.arange(len(values))) else [str(v) for v in values]
    return {"targets": labels.astype(np.int64), **({"class_names": named} if named else {})}


def _as_texts(column: Array) -> Array:
    """Return a column as texts, its missing values as None."""

    def text(value: Any) -> str | None:
        if value is None or value != value:
            return None
        return str(int(value)) if isinstance(value, float) and value == int(value) else str(value)

    return np.array([text(value) for value in column.tolist()], dtype=object)
