"""Other data of the same kind as those a network was trained on, in its codes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from framework.components.base import Array
from framework.components.data_form import DataForm
from framework.components.dataset import Data
from framework.components.split import Split
from framework.errors import DataError
from framework.text import nearest


def as_trained(data: Data, trained_on: DataForm | None, classes: int | None = None) -> Data:
    """Return data with the columns, the categories and the classes that a network was trained on.

    A table that lacks a category, or a class, counts the others otherwise than training did.

    Parameters
    ----------
    classes : how many classes the network tells apart, where they have no names; None where that
        is not known.

    Raises
    ------
    DataError : when a column is not there, or training did not have a category or class.
    """
    if trained_on is None:
        return data
    columns, names = trained_on.columns, trained_on.class_names
    if columns.names and data.columns.names and data.columns != columns:
        at = {name: i for i, name in enumerate(data.columns.names)}
        missing = [name for name in columns.names if name not in at]
        if missing:
            raise DataError(
                f"{data.source}: there is no column '{missing[0]}', which the network was trained"
                f" on; {nearest(missing[0], data.columns.names)}"
            )
        order = [at[name] for name in columns.names]
        tables = [
            _table(data, data.columns.categories[i], columns.categories[k], columns.names[k])
            for k, i in enumerate(order)
        ]
        data = replace(_of_each(data, lambda split: _inputs(split, order, tables)), columns=columns)
    if data.classes is not None and classes is not None and not (names or data.class_names):
        if data.classes > classes:
            raise DataError(
                f"{data.source}: labels are 0 to {data.classes - 1}; the network tells apart 0 to"
                f" {classes - 1}"
            )
        data = replace(data, classes=classes)
    named = bool(data.class_names) and (bool(names) or classes is not None)
    if data.classes is not None and (named or names) and data.class_names != names:
        own = data.class_names or tuple(map(str, range(data.classes)))
        known = names or tuple(map(str, range(classes or 0)))
        table = _table(data, own, known, "targets")
        assert table is not None
        made = _of_each(data, lambda split: _labels(split, table))
        data = replace(made, classes=len(known), class_names=names)
    return data


def _of_each(data: Data, make: Callable[[Split], Split]) -> Data:
    """Return data whose splits are made of the others; what was one stays one."""
    made = {id(split): make(split) for split in {id(s): s for s in data.splits().values()}.values()}
    train, validation, test = (made[id(split)] for split in data.splits().values())
    return replace(data, train=train, validation=validation, test=test)


def _labels(split: Split, table: Array) -> Split:
    return replace(split, targets=table[split.targets].astype(np.int64))


def _table(data: Data, own: tuple[str, ...], known: tuple[str, ...], name: str) -> Array | None:
    """Return the code in training for each code of these data; None for a column of numbers."""
    if bool(own) != bool(known):
        has, had = ("texts", "numbers") if own else ("numbers", "texts")
        raise DataError(f"{data.source}: column '{name}' has {has}; in training it had {had}")
    has_had = frozenset(known)
    for category in own:
        if category not in has_had:
            raise DataError(
                f"{data.source}: column '{name}' has '{category[:60]}', which training did not;"
                f" {nearest(category, known)}"
            )
    codes = {category: code for code, category in enumerate(known)}
    return np.array([codes[category] for category in own]) if own else None


def _inputs(split: Split, order: list[int], tables: list[Array | None]) -> Split:
    inputs = np.array(split.inputs[:, order], np.float64)
    for k, table in enumerate(tables):
        if table is not None:
            there = ~np.isnan(inputs[:, k])
            inputs[there, k] = table[inputs[there, k].astype(np.int64)]
    return replace(split, inputs=inputs)
