"""Tables in CSV files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from framework import Array, DataError, hyperparameter

from .csv_text import MISSING, CsvForm, CsvLines, Decimal, check_names
from .named_table import NamedTable, Wanted
from .text_column import TextColumn

_BLOCK = 4096  # rows


@dataclass(frozen=True)
class Csv(NamedTable):
    """A table of named columns from a `.csv` file: numbers, categories, missing values.

    The first line has the columns' names. A column of numbers is one; a column of texts holds
    categories, for the transform `one_hot`; what is missing is for `impute`. A target of texts or
    integers is class labels, with names; of other numbers, or of several columns, it is values.
    Rows are held out as `data=npz` holds them out: at random, each class in proportion. A file may
    be packed (`.gz`), and in UTF-16 where it says so itself, as spreadsheets write it.
    """

    missing: tuple[str, ...] = hyperparameter(MISSING, "cells that stand for a missing value")
    separator: str | None = hyperparameter(
        None, "between cells; null: that of , ; | and tab which the first line has most of"
    )
    decimal: Decimal = hyperparameter(".", "the mark of decimals, . or ,")
    encoding: str = hyperparameter("utf-8", "of the text, such as latin-1")

    def read(self, wanted: Wanted) -> dict[str, Array]:
        path = self.file(".csv")
        form = CsvForm(self.separator, self.decimal, self.encoding, "data.")
        try:
            with path.open("rb") as stream:
                size = path.stat().st_size
                lines = CsvLines(stream, str(path), form, "a line of names, then rows", size)
                check_names(lines.first, str(path), form)
                at = {name: i for i, name in enumerate(lines.first)}
                return self._columns(lines, [at[name] for name in wanted(lines.first)], form)
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error

    def _columns(self, lines: CsvLines, picked: Sequence[int], form: CsvForm) -> dict[str, Array]:
        """Read some columns; their texts are kept as the file has them, not cell by cell."""
        columns = {
            i: TextColumn(lines.first[i], self.path, form, frozenset(self.missing)) for i in picked
        }
        for block in _blocks(lines.rows()):
            for i, column in columns.items():
                column.add([row[i] for row in block])
        if not all(column.rows for column in columns.values()):
            raise DataError(f"{self.path}: has a line of names and no rows")
        return {c.name: c.array(text=self.holds_texts(c.name)) for c in columns.values()}


def _blocks(rows: Iterator[list[str]]) -> Iterator[list[list[str]]]:
    block: list[list[str]] = []
    for row in rows:
        block.append(row)
        if len(block) * len(row) >= _BLOCK * 64 or len(block) == _BLOCK:
            yield block
            block = []
    if block:
        yield block
