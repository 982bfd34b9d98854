"""Rows of a Parquet file, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from framework import Array, ConfigurationError, DataError, read_table

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


def parquet_samples(path: Path, wanted: Wanted) -> Samples:
    """Read samples from the columns of a Parquet file.

    Raises
    ------
    DataError : naming the file, the column and what it has instead.
    """
    arrow = pyarrow()
    try:
        file = arrow.parquet.ParquetFile(path)
        header = list(file.schema_arrow.names)
        picked = [header[i] for i in wanted.pick(header, str(path))]
    except (OSError, arrow.ArrowException) as error:
        raise DataError(f"{path}: is not a readable Parquet file: {_line(error)}") from error

    def blocks() -> Iterator[Block]:
        start = 0
        try:
            for batch in file.iter_batches(wanted.rows, columns=picked):
                if wanted.known.names:
                    texts = {n: np.array(batch.column(n).to_pylist(), object) for n in picked}
                    rows = read_table(texts, wanted.known, str(path)).numbers
                else:
                    columns = [_numbers(batch.column(n), n, str(path)) for n in picked]
                    rows = np.stack(columns, axis=1)
                yield Block(wanted.shaped(rows, str(path)), numbered(start, len(rows)), len(rows))
                start += len(rows)
        except (OSError, arrow.ArrowException) as error:
            raise DataError(f"{path}: is not a readable Parquet file: {_line(error)}") from error

    total = file.metadata.num_rows
    return Samples(str(path), "row", blocks(), total, names=tuple(picked))


def _numbers(column: Any, name: str, source: str) -> Array:
    array: Array = column.to_numpy(zero_copy_only=False)
    if array.dtype.kind == "b":
        return array.astype(np.uint8)
    if array.dtype.kind not in "uif":
        raise DataError(f"{source}: column '{name}' has {column.type}; expected numbers")
    return array


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
