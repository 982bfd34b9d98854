"""Tables in Parquet files."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from framework import Array, DataError

from ..using.parquet_rows import opened, parquet_column
from .named_table import NamedTable, Wanted


@dataclass(frozen=True)
class Parquet(NamedTable):
    """A table of named columns from a `.parquet` file: numbers, categories, missing values.

    Read as `data=csv` reads one, its types being the file's own: numbers, decimals and booleans are
    numbers, texts and dictionaries of them are categories, and null is what is missing. Needs
    pyarrow: ``pip install 'mlp-framework[parquet]'``.
    """

    def read(self, wanted: Wanted) -> dict[str, Array]:
        path = self.file(".parquet")
        with opened(path) as file:
            names = [name for name in file.schema_arrow.names if not _is_index(name)]
            twice = next((n for n, count in Counter(names).items() if count > 1), None)
            if twice is not None:
                raise DataError(f"{path}: has two columns '{twice}'; expected a name each")
            picked = list(wanted(names))
            table = file.read(columns=picked)
        if not table.num_rows:
            raise DataError(f"{path}: has columns and no rows")
        return {name: parquet_column(table.column(name), name, str(path)) for name in picked}


def _is_index(name: str) -> bool:
    """Return whether a column is an index that pandas wrote, which has no name of its own."""
    return name.startswith("__index_level_") and name.endswith("__")
