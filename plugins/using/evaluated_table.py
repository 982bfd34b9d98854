"""A table with targets that a trained network is measured on."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from framework import Data, DataError, Dataset, Network

from ..datasets.csv_table import Csv
from ..datasets.named_table import NamedTable
from ..datasets.parquet_table import Parquet

TABLES: dict[str, type[NamedTable]] = {
    ".csv": Csv,
    ".tsv": Csv,
    ".txt": Csv,
    ".gz": Csv,
    ".parquet": Parquet,
}
"""What reads a table, by the end of its name."""


def rows_of_table(path: Path, dataset: Dataset, network: Network) -> Data:
    """Return all rows of a table, read as the table is that the network was trained on.

    Its inputs are the columns that training had, in any order; others are left out. Where the run
    does not say which column is the target, that is the only other one.

    Raises
    ------
    DataError : naming the file and the column that is not there.
    """
    if not path.is_file():
        raise DataError(f"{path}: there is no such file (input)")
    kind = TABLES[path.suffix.lower()]
    columns = network.trained_on.columns if network.trained_on else None
    known = {field.name for field in fields(kind)}
    own: dict[str, Any] = {}
    if isinstance(dataset, NamedTable):
        own = {f.name: getattr(dataset, f.name) for f in fields(dataset) if f.name in known}
    elif columns is None or not columns.names:
        raise DataError(
            f"{path}: is a table, and the network was trained on columns without names; expected an"
            " .npz of inputs and targets (input)"
        )
    elif columns.categories:
        named = zip(columns.names, columns.categories, strict=True)
        own = {"categories": tuple(name for name, categories in named if categories)}
    own |= {"path": str(path)}
    if network.targets == "values":
        own["targets"] = "values"
    return kind(**own).load_whole(path, columns.names if columns is not None else ())
