"""A column of cells of text, which becomes numbers or categories."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from framework import Array, DataError

from .csv_text import CsvForm

_BETWEEN = "\x1f"  # ASCII's own mark between cells
_COMMA = re.compile(r"[+-]?\d*,\d+")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}([,.'’ \u00a0\u202f])\d{3}(\1\d{3})*([.,]\d+)?")
_SIGNS = re.compile(r"[+-]?[$€£¥]\s*[+-]?\d[\d.,]*|[+-]?\d[\d.,]*\s*[%$€£¥]")
_DATE = re.compile(
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2}))([T ][\d:.,Z+-]*)?"
)


class TextColumn:
    """The cells of a column, block by block; they take as much memory as in the file."""

    def __init__(self, name: str, source: str, form: CsvForm, missing: frozenset[str]) -> None:
        self.name, self._source, self._form, self._missing = name, source, form, missing
        self._blocks: list[str | list[str]] = []
        self.rows = 0

    def add(self, cells: Sequence[str]) -> None:
        """Add cells below the others."""
        joined = _BETWEEN.join(cells)
        apart = joined.count(_BETWEEN) == len(cells) - 1
        self._blocks.append(joined if apart else list(cells))
        self.rows += len(cells)

    def array(self, *, text: bool = False) -> Array:
        """Return the cells as numbers; as texts where they are none, or where they are asked for.

        Raises
        ------
        DataError : when they are numbers that are written in another way, or dates, or when most
            are numbers and some are not: hardly categories.
        """
        numbers = None if text else self._numbers()
        if numbers is not None:
            return numbers
        if not text:
            self._refuse_slips()
        return np.array([cell for cells in self._cells() for cell in cells], dtype=object)

    def _cells(self) -> Iterator[list[str | None]]:
        for block in self._blocks:
            cells = block.split(_BETWEEN) if isinstance(block, str) else block
            yield [None if cell in self._missing else cell for cell in cells]

    def _numbers(self) -> Array | None:
        """Return all cells as numbers, those that are missing as NaN; None where one is none."""
        made, number = np.empty(self.rows), self._form.number
        at = 0
        for cells in self._cells():
            try:
                made[at : at + len(cells)] = [np.nan if c is None else number(c) for c in cells]
            except ValueError:
                return None
            at += len(cells)
        return made

    def _refuse_slips(self) -> None:
        """Refuse texts that are hardly categories."""
        shapes, given, slips, row = [_COMMA, _THOUSANDS, _DATE, _SIGNS], 0, 0, -1
        first, first_row = "", 0
        for cell in (cell for cells in self._cells() for cell in cells):
            row += 1
            if cell is None:
                continue
            given += 1
            if self._form.is_number(cell):
                continue
            shapes = [shape for shape in shapes if shape.fullmatch(cell)]
            first, first_row = (first, first_row) if slips else (cell, row)
            slips += 1
        met = f"{self._source}: column '{self.name}' has {first[:40]!r} in row {first_row}"
        as_texts = f"data.categories=[{self.name}]"
        if _COMMA in shapes and self._form.decimal == ".":
            raise DataError(
                f"{met}, a decimal comma; expected points, or data.decimal=',', or {as_texts}"
            )
        if _THOUSANDS in shapes:
            raise DataError(f"{met}, a mark between thousands; expected none, or {as_texts}")
        if _DATE in shapes:
            raise DataError(
                f"{met}, a date; expected numbers, data.ignore=[{self.name}] to leave it out, or"
                f" {as_texts}"
            )
        if _SIGNS in shapes:
            raise DataError(f"{met}, a number with a sign beside it; expected none, or {as_texts}")
        if given - slips > slips:
            raise DataError(
                f"{met}, and numbers in most others; expected numbers, or data.missing to name what"
                f" stands for none, or {as_texts}"
            )
