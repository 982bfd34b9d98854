"""Tables in CSV files."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from framework import (
    REQUIRED,
    Array,
    Data,
    DataError,
    Dataset,
    Targets,
    fraction,
    hyperparameter,
)

from .held_out import HoldOut, How
from .tables import Choice, column_of, data_of_table, listed

_LONGEST_LINE = 1 << 24  # characters
MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?")
"""Cells that usually stand for a missing value."""


@dataclass(frozen=True)
class Csv(Dataset):
    """A table of named columns from a `.csv` file: numbers, categories, missing values.

    The first line has the columns' names. A column of numbers is one; a column of texts holds
    categories, for the transform `one_hot`; what is missing is for `impute`. A target of texts or
    integers is class labels, with names; of other numbers, or of several columns, it is values.
    Rows are held out as `data=npz` holds them out: at random, each class in proportion.
    """

    path: str = hyperparameter(REQUIRED, "the .csv file")
    target: str | tuple[str, ...] | None = hyperparameter(
        None, "the column of the targets, or several of values; null: the last one"
    )
    columns: tuple[str, ...] = hyperparameter((), "columns of the inputs; none: all others")
    ignore: tuple[str, ...] = hyperparameter((), "columns left out, such as a row's number")
    categories: tuple[str, ...] = hyperparameter((), "columns of numbers that are categories")
    missing: tuple[str, ...] = hyperparameter(MISSING, "cells that stand for a missing value")
    separator: str | None = hyperparameter(
        None, "between cells; null: that of , ; | and tab which the first line has most of"
    )
    targets: Targets | None = hyperparameter(
        None, "labels, values or sets; null: labels if texts or integers, else values"
    )
    scale: float | None = hyperparameter(
        None, "what all inputs are multiplied by; null: nothing; pictures of bytes: 1/255", above=0
    )
    validation: float = fraction(0.1, "share of the rows held out")
    test: float = fraction(0.1, "share of the rows held out")
    split: How = hyperparameter(
        "random", "rows held out: random, each class in proportion; or last"
    )

    def load(self, rng: np.random.Generator) -> Data:
        texts = {*self.categories}
        table: dict[str, Array] = {}
        for name, cells in self._cells().items():
            text = name in texts or (name in listed(self.target) and self.targets == "labels")
            table[name] = column_of(cells, name, self.path, text=text)
        choice = Choice(
            listed(self.target), self.columns, self.ignore, self.categories, self.targets
        )
        hold_out = HoldOut(self.validation, self.test, self.split)
        return data_of_table(table, choice, self.scale, hold_out, rng, self.path)

    def _cells(self) -> dict[str, list[str | None]]:
        """Read the file: each column's cells by its name, None where one is missing."""
        if not self.path.strip():
            raise DataError("data.path: is empty; expected a .csv file")
        path = Path(self.path).expanduser()
        if not path.is_file():
            what = "is no regular file" if path.exists() else "there is no such file"
            raise DataError(f"{path}: {what} (data.path)")
        if self.separator is not None and len(self.separator) != 1:
            raise DataError(f"data.separator: expected one character, got {self.separator!r}")
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                return self._read(_lines(file))
        except UnicodeDecodeError as error:
            raise DataError(f"{path}: is no text in UTF-8 ({error.reason})") from error
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error

    def _read(self, lines: Iterator[str]) -> dict[str, list[str | None]]:
        first = next(lines, "")
        if not first.strip():
            raise DataError(f"{self.path}: is empty; expected a line of names, then rows")
        separator = self.separator or max(",;|\t", key=first.count)
        names = self._names(next(csv.reader([first], delimiter=separator)))
        cells: list[list[str | None]] = [[] for _ in names]
        missing, rows = {*self.missing}, csv.reader(lines, delimiter=separator, strict=True)
        try:
            for row in rows:
                if not row:
                    continue
                if len(row) != len(names):
                    raise DataError(
                        f"{self.path}: line {rows.line_num + 1} has {len(row)} cells, the first has"
                        f" {len(names)}"
                    )
                for column, given in zip(cells, row, strict=True):
                    cell = given.strip()
                    column.append(None if cell in missing else cell)
        except csv.Error as error:
            raise DataError(f"{self.path}: line {rows.line_num + 1} is no CSV: {error}") from error
        if not cells[0]:
            raise DataError(f"{self.path}: has a line of names and no rows")
        return dict(zip(names, cells, strict=True))

    def _names(self, head: list[str]) -> list[str]:
        names = [name.strip() for name in head]
        if all(_is_number(name) for name in names):
            raise DataError(
                f"{self.path}: its first line has numbers, {', '.join(names)[:60]}; expected the"
                " columns' names"
            )
        for name in names:
            if names.count(name) > 1:
                what = f"two columns '{name}'" if name else "columns without a name"
                raise DataError(f"{self.path}: has {what} in its first line; expected a name each")
        return names


def _lines(file: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(file, start=1):
        if len(line) > _LONGEST_LINE:
            raise DataError(f"line {number} has more than {_LONGEST_LINE} characters")
        yield line


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
