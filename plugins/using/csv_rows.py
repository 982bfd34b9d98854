"""Rows of a CSV file or of standard input, a block at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import IO

import numpy as np

from framework import DataError

from .samples import Block, Samples, Wanted, numbered

_LONGEST_LINE = 1 << 24  # characters


def csv_samples(stream: IO[bytes], source: str, size: int | None, wanted: Wanted) -> Samples:
    """Read samples from CSV: commas, semicolons or tabs; a header where the first line is no row.

    Raises
    ------
    DataError : naming the line, the column and what stands there.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        first = text.readline(_LONGEST_LINE)
    except UnicodeDecodeError as error:
        raise DataError(f"{source}: is no text in UTF-8 ({error.reason})") from error
    if not first.strip():
        raise DataError(f"{source}: is empty; expected rows of {wanted.features} numbers")
    delimiter = next((mark for mark in ";\t" if mark in first), ",")
    lines = csv.reader(chain([first], text), delimiter=delimiter, strict=True)
    table = _Table(lines, source, text)
    head = table.next()
    assert head is not None
    named = any(not _is_number(cell) for cell in head)
    header = [cell.strip() for cell in head] if named else [str(i) for i in range(len(head))]
    if not named and wanted.columns:
        raise DataError(
            f"{source}: has no line of names; expected {', '.join(wanted.columns)[:80]}"
        )
    picked = wanted.pick(header, source)
    names = tuple(header[i] for i in picked)
    blocks = _blocks(table, None if named else head, picked, header, wanted, stream)
    return Samples(source, "row", blocks, size, "B", names)


class _Table:
    """Lines of a CSV file, faults named."""

    def __init__(self, lines: Iterator[list[str]], source: str, text: io.TextIOWrapper) -> None:
        self._lines, self.source = lines, source
        self.text = text  # were it dropped, it would close the stream below

    @property
    def line(self) -> int:
        """The number of the last line read."""
        return int(self._lines.line_num)  # type: ignore[attr-defined]

    def next(self) -> list[str] | None:
        """Return the next line that is not empty; None at the end."""
        try:
            return next((cells for cells in self._lines if cells), None)
        except csv.Error as error:
            raise DataError(f"{self.source}: line {self.line} is no CSV: {error}") from error
        except UnicodeDecodeError as error:
            raise DataError(f"{self.source}: is no text in UTF-8 ({error.reason})") from error


def _blocks(
    table: _Table,
    first: list[str] | None,
    picked: Sequence[int],
    header: Sequence[str],
    wanted: Wanted,
    stream: IO[bytes],
) -> Iterator[Block]:
    start, done = 0, 0
    while True:
        inputs = np.empty((wanted.rows, len(picked)))
        count = 0
        while count < wanted.rows:
            cells, first = first or table.next(), None
            if cells is None:
                break
            if len(cells) != len(header):
                raise DataError(
                    f"{table.source}: line {table.line} has {len(cells)} columns, the first has"
                    f" {len(header)}"
                )
            try:
                inputs[count] = [wanted.number(k, cells[i]) for k, i in enumerate(picked)]
            except ValueError:
                raise DataError(_fault(table, cells, picked, header, wanted)) from None
            count += 1
        if not count:
            return
        at = _position(stream)
        yield Block(wanted.shaped(inputs[:count], table.source), numbered(start, count), at - done)
        start, done = start + count, at


def _fault(
    table: _Table,
    cells: Sequence[str],
    picked: Sequence[int],
    header: Sequence[str],
    wanted: Wanted,
) -> str:
    for k, i in enumerate(picked):
        try:
            wanted.number(k, cells[i])
        except ValueError as error:
            met = f"has {cells[i][:40]!r}" if cells[i].strip() else "is empty"
            of_numbers = not wanted.known.names or not wanted.known.categories[k]
            expected = "expected a number" if of_numbers else str(error)
            return f"{table.source}: line {table.line}, column '{header[i]}' {met}; {expected}"
    raise AssertionError("each cell of the line is one that is taken")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _position(stream: IO[bytes]) -> int:
    try:
        return stream.tell()
    except OSError:  # a pipe
        return 0
