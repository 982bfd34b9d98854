"""Columns and rows of Parquet files."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from framework import Array, Columns, ConfigurationError, DataError, read_table

from .samples import Block, Samples, Wanted, numbered


def pyarrow() -> Any:
    """Return the library that reads and writes Parquet.

    Raises
    ------
    ConfigurationError : saying how it is installed.
    """
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise ConfigurationError(
            f"parquet: needs pyarrow ({error}): pip install 'mlp-framework[parquet]'"
        ) from error
    return pyarrow


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Yield a Parquet file.

    Raises
    ------
    DataError : naming the file, when it is none, or damaged anywhere that is read.
    """
    arrow = pyarrow()
    try:
        with arrow.parquet.ParquetFile(path) as file:
            yield file
    except (OSError, arrow.ArrowException) as error:
        line = " ".join(str(error).split())[:200]
        raise DataError(f"{path}: is not a readable Parquet file: {line}") from error


def parquet_column(column: Any, name: str, source: str) -> Array:
    """Return a column as numbers, what is missing NaN; or as texts, what is missing None.

    Raises
    ------
    DataError : when it has neither, as dates and lists.
    """
    arrow = pyarrow()
    types, kind = arrow.types, column.type
    if types.is_dictionary(kind):
        kind = kind.value_type
        column = column.cast(kind)
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        texts: Array = np.array(column.to_pylist(), dtype=object)
        return texts
    if types.is_boolean(kind):
        kind = arrow.uint8()
        column = column.cast(kind)
    if types.is_decimal(kind):
        kind = arrow.float64()
        column = column.cast(kind)
    if types.is_null(kind):
        return np.full(len(column), np.nan)
    if not (types.is_integer(kind) or types.is_floating(kind)):
        cure = ", or its parts, as columns of numbers" if types.is_temporal(kind) else ""
        raise DataError(
            f"{source}: column '{name}' has {kind}; expected numbers, booleans or texts{cure}"
        )
    if column.null_count:
        column = column.cast(arrow.float64(), safe=False).fill_null(float("nan"))
    return np.asarray(column)


def parquet_samples(path: Path, wanted: Wanted) -> Samples:
    """Read samples from the columns of a Parquet file.

    Raises
    ------
    DataError : naming the file, the column and what it has instead.
    """
    with opened(path) as file:
        header, total = list(file.schema_arrow.names), file.metadata.num_rows
    picked = [header[i] for i in wanted.pick(header, str(path))]
    plain = Columns(tuple(picked), ((),) * len(picked))

    def blocks() -> Iterator[Block]:
        start = 0
        with opened(path) as file:
            for batch in file.iter_batches(wanted.rows, columns=picked):
                columns = {n: parquet_column(batch.column(n), n, str(path)) for n in picked}
                known = wanted.known if wanted.known.names else plain
                rows = read_table(columns, known, str(path)).numbers
                yield Block(wanted.shaped(rows, str(path)), numbered(start, len(rows)), len(rows))
                start += len(rows)

    return Samples(str(path), "row", blocks(), total, names=tuple(picked))
