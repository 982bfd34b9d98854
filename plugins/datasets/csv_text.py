"""The text of CSV files: their encoding, their separator, their line of names, their rows."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any, Literal

from framework import DataError

Decimal = Literal[".", ","]
MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?", "#N/A")
"""Cells that usually stand for a missing value."""

_LONGEST_LINE = 1 << 24  # characters
_SEPARATORS = ",;|\t"
_SMALL, _DENSE = 1 << 26, 200  # a packed file of more bytes, this many times its own, is a bomb
_OTHERS = {
    b"PK\x03\x04": "a packed folder or a spreadsheet (.xlsx, .ods); expected it saved as CSV",
    b"\xd0\xcf\x11\xe0": "a spreadsheet (.xls); expected it saved as CSV",
    b"PAR1": "a Parquet file, and no text; expected its name to end in .parquet, and data=parquet",
}
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_FAULTS = (OSError, EOFError, zlib.error, UnicodeError, csv.Error)


@dataclass(frozen=True)
class CsvForm:
    """How a file is written.

    Attributes
    ----------
    separator : between cells; None for that of , ; | and tab which the first line has most of.
    decimal : the mark of decimals.
    encoding : of the text, where it does not say itself that it is UTF-8 or UTF-16.
    keys : what the keys of these settings begin with, for messages.
    """

    separator: str | None = None
    decimal: Decimal = "."
    encoding: str = "utf-8"
    keys: str = ""

    def __post_init__(self) -> None:
        keys = self.keys
        if self.separator is not None and len(self.separator) != 1:
            raise DataError(f"{keys}separator: expected one character, got {self.separator!r}")
        if self.decimal == self.separator:
            raise DataError(f"{keys}separator and {keys}decimal: both are {self.decimal!r}")
        try:
            "a".encode(self.encoding)
        except (LookupError, UnicodeError) as error:
            raise DataError(
                f"{keys}encoding: {self.encoding!r} is none that is known; expected utf-8,"
                " latin-1, cp1252, …"
            ) from error

    def number(self, cell: str) -> float:
        """Return a cell's number.

        >>> CsvForm(decimal=",").number("-1,5e3")
        -1500.0

        Raises
        ------
        ValueError : when it is none.
        """
        if self.decimal == ",":
            if "." in cell:
                raise ValueError(cell)
            cell = cell.replace(",", ".")
        if "_" in cell:  # Python's own way of writing 1_000, and nobody else's
            raise ValueError(cell)
        return float(cell)

    def is_number(self, cell: str) -> bool:
        """Return whether a cell has a number."""
        try:
            self.number(cell)
        except ValueError:
            return False
        return True


class CsvLines:
    """The first line of a file, and all others, one by one.

    Cells have no blanks around them. Empty columns at the right of all names, empty lines, and
    lines of nothing but separators at the end are left out, as spreadsheets write them.

    Attributes
    ----------
    first : the cells of the first line.
    line : the number of the line read last, from 1.

    Raises
    ------
    DataError : naming the source, and the line that is none.
    """

    def __init__(
        self, stream: IO[bytes], source: str, form: CsvForm, expected: str, size: int | None = None
    ) -> None:
        self.source, self._form = source, form
        self._text = _decoded(stream, source, form.encoding, size)  # dropped, it would be closed
        self._skipped, start = 0, ""
        try:
            while not start.strip():
                start = self._text.readline(_LONGEST_LINE)
                if not start:
                    raise DataError(f"{source}: is empty; expected {expected}")
                self._skipped += 1
            separator = form.separator
            if start.lower().startswith("sep=") and len(start.strip()) <= len("sep=;"):
                separator = separator or start[4:5]  # what Excel puts above its tables
                start = self._text.readline(_LONGEST_LINE)
                self._skipped += 1
        except _FAULTS as error:
            raise self._fault(error) from error
        if "\0" in start:
            raise DataError(
                f"{source}: is no text in {form.encoding.upper()}: it has bytes of 0;"
                f" {form.keys}encoding says what it is in, such as utf-16-le"
            )
        outside = _QUOTED.sub("", start)
        marks = _SEPARATORS.replace(form.decimal, "")
        separator = separator or max(marks, key=outside.count)
        self._skipped -= 1
        lines = chain([start], self._lines())
        self._rows = csv.reader(lines, delimiter=separator, strict=True)
        cells = self._next()
        if cells is None:
            raise DataError(f"{source}: is empty; expected {expected}")
        while len(cells) > 1 and not cells[-1]:
            cells.pop()
        self.first = cells

    @property
    def line(self) -> int:
        return self._skipped + self._rows.line_num

    def rows(self) -> Iterator[list[str]]:
        """Yield the cells of each line after the first, as many as it has names."""
        width, blank = len(self.first), 0
        while (cells := self._next()) is not None:
            if len(cells) != width:
                if len(cells) < width or any(cells[width:]):
                    raise DataError(
                        f"{self.source}: line {self.line} has {len(cells)} cells, the first has"
                        f" {width}"
                    )
                del cells[width:]
            if width > 1 and not any(cells):
                blank += 1  # nothing, if none but such follow
                continue
            for _ in range(blank):
                yield [""] * width
            blank = 0
            yield cells

    def _next(self) -> list[str] | None:
        try:
            for cells in self._rows:
                if cells:
                    return [cell.strip() for cell in cells]
        except _FAULTS as error:
            raise self._fault(error) from error
        return None

    def _lines(self) -> Iterator[str]:
        while line := self._text.readline(_LONGEST_LINE):
            if len(line) == _LONGEST_LINE:
                raise csv.Error(f"it has more than {_LONGEST_LINE:,} characters")
            yield line

    def _fault(self, error: BaseException) -> DataError:
        if isinstance(error, csv.Error):
            return DataError(f"{self.source}: line {self.line} is no CSV: {error}")
        if isinstance(error, UnicodeError):
            why = getattr(error, "reason", "") or str(error)
            return DataError(
                f"{self.source}: is no text in {self._form.encoding.upper()} ({why});"
                f" {self._form.keys}encoding says what it is in, such as latin-1 or cp1252"
            )
        why = str(getattr(error, "strerror", "") or error)
        return DataError(f"{self.source}: cannot be read: {why}")


def check_names(names: list[str], source: str, form: CsvForm) -> None:
    """Refuse a first line that is no line of names.

    Raises
    ------
    DataError : when it has numbers alone, or a name twice.
    """
    if all(form.is_number(name) for name in names):
        raise DataError(
            f"{source}: its first line has numbers, {', '.join(names)[:60]}; expected the columns'"
            " names"
        )
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        what = f"two columns '{name}'" if name else "columns without a name"
        raise DataError(f"{source}: has {what} in its first line; expected a name each")


def _decoded(stream: IO[bytes], source: str, encoding: str, size: int | None) -> IO[str]:
    """Return the text of a stream, unpacked where it is packed (gzip)."""
    peeking: Any = stream
    if not hasattr(stream, "peek"):
        peeking = io.BufferedReader(peeking)
    head = peeking.peek(4)[:4]
    if head[:2] == b"\x1f\x8b":
        peeking = io.BufferedReader(_Unpacked(peeking, source, size))
        try:
            head = peeking.peek(4)[:4]
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(f"{source}: cannot be unpacked: {error}") from error
    if head in _OTHERS:
        raise DataError(f"{source}: is {_OTHERS[head]}")
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") and head != b"\xff\xfe\0\0":
        encoding = "utf-16"
    elif encoding.lower().replace("_", "-") in ("utf-8", "utf8") or head[:3] == b"\xef\xbb\xbf":
        encoding = "utf-8-sig"
    return io.TextIOWrapper(peeking, encoding=encoding, newline="")


class _Unpacked(io.RawIOBase):
    """What is packed in a stream; no more of it than a file of that size can mean."""

    def __init__(self, packed: IO[bytes], source: str, size: int | None) -> None:
        self._file, self._source = gzip.GzipFile(fileobj=packed), source
        self._left = None if size is None else max(_SMALL, _DENSE * size)

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        content = self._file.read(len(into))
        if self._left is not None:
            self._left -= len(content)
            if self._left < 0:
                raise OSError(f"it unpacks to more than {_DENSE} times its own bytes")
        into[: len(content)] = content
        return len(content)
