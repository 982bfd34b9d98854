"""Tables in Parquet files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

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

from ..using.parquet_rows import pyarrow
from .held_out import HoldOut, How
from .tables import Choice, data_of_table, listed


@dataclass(frozen=True)
class Parquet(Dataset):
    """A table of named columns from a `.parquet` file: numbers, categories, missing values.

    Read as `data=csv` reads one, its types being the file's own. Needs pyarrow:
    ``pip install 'mlp-framework[parquet]'``.
    """

    path: str = hyperparameter(REQUIRED, "the .parquet file")
    target: str | tuple[str, ...] | None = hyperparameter(
        None, "the column of the targets, or several of values; null: the last one"
    )
    columns: tuple[str, ...] = hyperparameter((), "columns of the inputs; none: all others")
    ignore: tuple[str, ...] = hyperparameter((), "columns left out, such as a row's number")
    categories: tuple[str, ...] = hyperparameter((), "columns of numbers that are categories")
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
        path = Path(self.path).expanduser()
        if not path.is_file():
            raise DataError(f"{path}: there is no such file (data.path)")
        arrow = pyarrow()
        try:
            table = arrow.parquet.ParquetFile(path).read()
        except (OSError, arrow.ArrowException) as error:
            line = " ".join(str(error).split())[:200]
            raise DataError(f"{path}: is not a readable Parquet file: {line}") from error
        columns = {
            name: _column(table.column(name), name, self.path) for name in table.schema.names
        }
        choice = Choice(
            listed(self.target), self.columns, self.ignore, self.categories, self.targets
        )
        hold_out = HoldOut(self.validation, self.test, self.split)
        return data_of_table(columns, choice, self.scale, hold_out, rng, self.path)


def _column(column: Any, name: str, source: str) -> Array:
    values = column.to_pylist()
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int}:
        return np.array(values, np.int64 if None not in values else np.float64)
    if kinds <= {int, float, bool}:
        return np.array([np.nan if value is None else float(value) for value in values])
    if kinds == {str}:
        return np.array(values, dtype=object)
    raise DataError(f"{source}: column '{name}' has {column.type}; expected numbers or texts")
