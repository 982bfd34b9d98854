"""Rows of a CSV file or of standard input, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import IO

import numpy as np

from framework import DataError

from ..datasets.csv_text import CsvForm, CsvLines
from .samples import Block, Samples, Wanted, numbered


def csv_samples(
    stream: IO[bytes], source: str, size: int | None, wanted: Wanted, form: CsvForm
) -> Samples:
    """Read samples from CSV; a line of names where the first line is no row.

    Raises
    ------
    DataError : naming the line, the column and what stands there.
    """
    lines = CsvLines(stream, source, form, f"rows of {wanted.features} numbers")
    head = lines.first
    named = any(not form.is_number(cell) for cell in head)
    header = head if named else [str(i) for i in range(len(head))]
    if not named and wanted.columns:
        raise DataError(
            f"{source}: has no line of names; expected {', '.join(wanted.columns)[:80]}"
        )
    picked = wanted.pick(header, source)
    names = tuple(header[i] for i in picked)
    rows = lines.rows() if named else chain([head], lines.rows())
    blocks = _blocks(lines, rows, picked, header, wanted, form, stream)
    return Samples(source, "row", blocks, size, "B", names)


def _blocks(
    lines: CsvLines,
    rows: Iterator[list[str]],
    picked: Sequence[int],
    header: Sequence[str],
    wanted: Wanted,
    form: CsvForm,
    stream: IO[bytes],
) -> Iterator[Block]:
    start, done, number = 0, 0, wanted.reader(form)
    while True:
        inputs = np.empty((wanted.rows, len(picked)))
        count = 0
        for cells in rows:
            try:
                inputs[count] = [number(k, cells[i]) for k, i in enumerate(picked)]
            except ValueError:
                raise DataError(_fault(lines, cells, picked, header, wanted, form)) from None
            count += 1
            if count == wanted.rows:
                break
        if not count:
            return
        at = _position(stream)
        yield Block(wanted.shaped(inputs[:count], lines.source), numbered(start, count), at - done)
        start, done = start + count, at


def _fault(
    lines: CsvLines,
    cells: Sequence[str],
    picked: Sequence[int],
    header: Sequence[str],
    wanted: Wanted,
    form: CsvForm,
) -> str:
    number = wanted.reader(form)
    for k, i in enumerate(picked):
        try:
            number(k, cells[i])
        except ValueError as error:
            met = f"has {cells[i][:40]!r}" if cells[i] else "is empty"
            of_numbers = not wanted.known.names or not wanted.known.categories[k]
            expected = "expected a number" if of_numbers else str(error)
            if of_numbers and form.decimal == "." and _has_comma(cells[i]):
                expected += "; decimal=',' reads a decimal comma"
            return f"{lines.source}: line {lines.line}, column '{header[i]}' {met}; {expected}"
    raise AssertionError("each cell of the line is one that is taken")


def _has_comma(cell: str) -> bool:
    return CsvForm(";", ",").is_number(cell)


def _position(stream: IO[bytes]) -> int:
    try:
        return stream.tell()
    except OSError:  # a pipe
        return 0
