"""Samples on their way to a network: blocks of rows, and what each row is called."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from framework import Array, Columns, DataError, Network, nearest

from ..datasets.csv_text import MISSING, CsvForm

_MOST = 1 << 22  # numbers of a block: files larger than memory go through
_ROWS = 4096


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows that follow each other.

    Attributes
    ----------
    inputs : ``[n, *sample shape]``.
    labels : what each is called: its number, or its file's name.
    done : how far the reading has come, in the unit of `Samples.total`.
    """

    inputs: Array
    labels: Sequence[str]
    done: int


@dataclass(frozen=True, eq=False)
class Samples:
    """What a network is asked about, block by block.

    Attributes
    ----------
    source : its name in messages.
    kind : what a label is.
    total : how much there is to read; None when that is not known.
    unit : of `total`.
    names : the names of the features, where the source has any.
    note : what a user should know of how they are read.
    """

    source: str
    kind: Literal["row", "file"]
    blocks: Iterator[Block]
    total: int | None = None
    unit: str = "row"
    names: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Wanted:
    """What a network takes.

    Attributes
    ----------
    shape : of a sample.
    columns : which columns of a table are the features, in order; none where it is not known.
    known : those that the network was trained on, with their categories; empty for numbers alone.
    missing : whether cells may be missing.
    """

    shape: tuple[int, ...]
    columns: tuple[str, ...] = ()
    known: Columns = Columns()
    missing: bool = False

    @property
    def features(self) -> int:
        """How many numbers a sample has."""
        return math.prod(self.shape)

    @property
    def rows(self) -> int:
        """How many rows a block has."""
        return max(1, min(_ROWS, _MOST // self.features))

    def pick(self, header: Sequence[str], source: str) -> list[int]:
        """Return which columns of a table are the features.

        Raises
        ------
        DataError : naming the column that is not there, or how many are needed.
        """
        if not self.columns:
            if len(header) != self.features:
                raise DataError(
                    f"{source}: has {len(header)} columns ({_some(header)}); the network takes"
                    f" {self.features} features; columns=[…] names them"
                )
            return list(range(len(header)))
        if len(self.columns) != self.features:
            raise DataError(
                f"columns: names {len(self.columns)}; the network takes {self.features} features"
            )
        counts, at = Counter(header), {name: i for i, name in enumerate(header)}
        for name in self.columns:
            if name not in at:
                raise DataError(f"{source}: has no column '{name}'; {nearest(name, header)}")
            if counts[name] > 1:
                raise DataError(f"{source}: has several columns '{name}'")
        return [at[name] for name in self.columns]

    def reader(self, form: CsvForm) -> Callable[[int, str], float]:
        """Return what makes the number that the network takes of a feature's cell of text.

        It raises ValueError when there is none; the text says what is expected.
        """
        codes = [
            {category: float(code) for code, category in enumerate(categories)}
            for categories in self.known.categories
        ]

        def number(feature: int, cell: str) -> float:
            if self.missing and cell in MISSING:
                return np.nan
            if not codes or not codes[feature]:
                return form.number(cell)
            code = codes[feature].get(cell)
            if code is None:
                raise ValueError(nearest(cell, codes[feature]))
            return code

        return number

    def shaped(self, rows: Array, source: str) -> Array:
        """Return rows as samples.

        Raises
        ------
        DataError : when they have another number of features.
        """
        if rows.ndim < 2 or math.prod(rows.shape[1:]) != self.features:
            shape = ", ".join(map(str, self.shape))
            raise DataError(f"{source}: has shape {rows.shape}; the network takes (rows, {shape})")
        return rows.reshape(len(rows), *self.shape)


def wanted_by(network: Network, columns: tuple[str, ...] | None) -> Wanted:
    """Return what a network takes; `columns` are the user's own word for it."""
    known = network.trained_on.columns if network.trained_on else Columns()
    if columns or len(network.inputs) != 1:
        known = Columns()  # the user's own columns, which hold numbers
    return Wanted(network.inputs, columns or known.names, known, network.takes_missing)


def check_finite(block: Block, samples: Samples, *, missing: bool = False) -> None:
    """Refuse numbers that are none, but NaN where values may be ``missing``.

    Raises
    ------
    DataError : naming source, row and column.
    """
    inputs = block.inputs
    if inputs.dtype.kind not in "uif":
        raise DataError(f"{samples.source}: holds {inputs.dtype}; expected integers or floats")
    if inputs.dtype.kind != "f" or np.isfinite(inputs).all():
        return
    flat = inputs.reshape(len(inputs), -1)
    usable = np.isfinite(flat) | (np.isnan(flat) if missing else False)
    if usable.all():
        return
    row, feature = (int(i) for i in np.argwhere(~usable)[0])
    name = f"'{samples.names[feature]}'" if samples.names else str(feature)
    raise DataError(
        f"{samples.source}: {samples.kind} {block.labels[row]}, feature {name} is"
        f" {flat[row, feature]}; expected finite numbers"
    )


def numbered(first: int, count: int) -> list[str]:
    """Return the labels of rows that follow each other."""
    return [str(i) for i in range(first, first + count)]


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(str(name)[:40] for name in names[:6])
    return f"{shown}, …" if len(names) > 6 else shown
