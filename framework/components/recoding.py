"""Other data of the same kind as those a network was trained on, in its codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from framework.components.base import Array
from framework.components.data_form import DataForm
from framework.components.dataset import Data
from framework.components.split import Split
from framework.errors import DataError
from framework.text import nearest


def as_trained(data: Data, trained_on: DataForm | None) -> Data:
    """Return data with the columns, the categories and the classes that a network was trained on.

    A table that lacks a category, or a class, counts the others otherwise than training did.

    Raises
    ------
    DataError : when a column is not there, or training did not have a category or class.
    """
    if trained_on is None:
        return data
    columns, names = trained_on.columns, trained_on.class_names
    if columns.names and data.columns.names and data.columns != columns:
        missing = [name for name in columns.names if name not in data.columns.names]
        if missing:
            raise DataError(
                f"{data.source}: there is no column '{missing[0]}', which the network was trained"
                f" on; {nearest(missing[0], data.columns.names)}"
            )
        order = [data.columns.index(name) for name in columns.names]
        tables = [
            _table(data, data.columns.categories[i], columns.categories[k], columns.names[k])
            for k, i in enumerate(order)
        ]
        splits = {name: _inputs(split, order, tables) for name, split in data.splits().items()}
        data = replace(_with(data, splits), columns=columns)
    if names and data.class_names and data.class_names != names and data.classes is not None:
        table = _table(data, data.class_names, names, "targets")
        assert table is not None
        splits = {
            name: replace(split, targets=table[split.targets].astype(np.int64))
            for name, split in data.splits().items()
        }
        data = replace(_with(data, splits), classes=len(names), class_names=names)
    return data


def _with(data: Data, splits: Mapping[str, Split]) -> Data:
    train, validation, test = splits["train"], splits["validation"], splits["test"]
    return replace(data, train=train, validation=validation, test=test)


def _table(data: Data, own: tuple[str, ...], known: tuple[str, ...], name: str) -> Array | None:
    """Return the code in training for each code of these data; None for a column of numbers."""
    if bool(own) != bool(known):
        has, had = ("texts", "numbers") if own else ("numbers", "texts")
        raise DataError(f"{data.source}: column '{name}' has {has}; in training it had {had}")
    for category in own:
        if category not in known:
            raise DataError(
                f"{data.source}: column '{name}' has '{category[:60]}', which training did not;"
                f" {nearest(category, known)}"
            )
    return np.array([known.index(category) for category in own]) if own else None


def _inputs(split: Split, order: list[int], tables: list[Array | None]) -> Split:
    inputs = np.array(split.inputs[:, order], np.float64)
    for k, table in enumerate(tables):
        if table is not None:
            there = ~np.isnan(inputs[:, k])
            inputs[there, k] = table[inputs[there, k].astype(np.int64)]
    return replace(split, inputs=inputs)
