"""Predictions into a file, block by block; it appears whole or not at all."""

from __future__ import annotations

import contextlib
import csv
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
from numpy.lib import format as npy

from framework import Array, ConfigurationError, make_directory, nearest, replacing

from .parquet_rows import pyarrow

SCREEN = "-"


@dataclass(frozen=True, eq=False)
class Predicted:
    """What a network says of some samples.

    Attributes
    ----------
    labels : what each sample is called.
    decisions : classes ``[n]``, values or sets of classes ``[n, K]``.
    probabilities : of each class, ``[n, C]``; None where the loss gives none.
    """

    labels: Sequence[str]
    decisions: Array
    probabilities: Array | None


@dataclass(frozen=True)
class Form:
    """How predictions are written.

    Attributes
    ----------
    kind : what a label is, ``row`` or ``file``.
    targets : ``labels``, ``values`` or ``sets``.
    names : of the classes, or of the columns of values.
    """

    kind: str
    targets: str
    names: tuple[str, ...]

    def columns(self, predicted: Predicted) -> dict[str, Array]:
        """Return predictions as columns by name."""
        labels, decisions = np.array(predicted.labels), predicted.decisions
        table: dict[str, Array] = {
            self.kind: labels.astype(np.int64) if self.kind == "row" else labels
        }
        if self.targets == "labels":
            table["decision"] = np.array(self.names)[decisions]
        else:
            word = "value" if self.targets == "values" else "decision"
            alone = decisions.shape[1] == 1 and self.targets == "values"
            for i in range(decisions.shape[1]):
                table[word if alone else f"{word}_{self.names[i]}"] = decisions[:, i]
        if predicted.probabilities is not None:
            for i, name in enumerate(self.names):
                table[f"probability_{name}"] = predicted.probabilities[:, i]
        return table


class Writer(Protocol):
    """A file under way."""

    def write(self, predicted: Predicted) -> None:
        """Add a block."""


@contextlib.contextmanager
def writing(output: str, form: Form) -> Iterator[Writer]:
    """Yield what writes predictions to a file of the type that its name says, or to the screen.

    Raises
    ------
    ConfigurationError : when the name says no type that is known.
    RunError : naming the file, when it cannot be written.
    """
    if output == SCREEN:
        yield _Csv(sys.stdout, form)
        return
    path = Path(output).expanduser()
    check_ending(output)
    make_directory(path.parent, "output")
    with replacing(path) as part:
        if path.suffix == ".csv":
            with part.open("w", newline="", encoding="utf-8") as file:
                yield _Csv(file, form)
        elif path.suffix == ".npz":
            with tempfile.TemporaryDirectory(dir=path.parent, prefix=".part-") as folder:
                archive = _Npz(Path(folder), form)
                yield archive
                archive.close(part)
        else:
            table = _Parquet(part, form)
            try:
                yield table
            finally:
                table.close()


def check_ending(output: str) -> None:
    """Refuse a name that says no type that is known, before anything is read."""
    ending, known = Path(output).suffix, (".csv", ".npz", ".parquet")
    if output != SCREEN and ending not in known:
        raise ConfigurationError(f"output: {output}: ends in {ending!r}; {nearest(ending, known)}")
    if ending == ".parquet":
        pyarrow()


class _Csv:
    def __init__(self, file: Any, form: Form) -> None:
        self._lines, self._form, self._begun = csv.writer(file, lineterminator="\n"), form, False

    def write(self, predicted: Predicted) -> None:
        columns = self._form.columns(predicted)
        if not self._begun:
            self._lines.writerow(columns)
            self._begun = True
        self._lines.writerows(zip(*(_texts(column) for column in columns.values()), strict=True))


def _texts(column: Array) -> list[str]:
    """Return numbers with as many digits as tell them from all others of their type."""
    return [str(text) for text in (column.astype(str) if column.dtype.kind != "U" else column)]


@dataclass
class _Npz:
    """Arrays grow as bytes in files of their own: how many rows there are is known at the end."""

    folder: Path
    form: Form
    rows: int = 0
    labels: list[str] = field(default_factory=list)
    shapes: dict[str, tuple[Any, tuple[int, ...]]] = field(default_factory=dict)

    def write(self, predicted: Predicted) -> None:
        self.rows += len(predicted.labels)
        arrays = {"decisions": predicted.decisions, "probabilities": predicted.probabilities}
        if self.form.kind == "row":
            arrays["rows"] = np.array(predicted.labels, np.int64)
        else:
            self.labels += predicted.labels
        for name, array in arrays.items():
            if array is not None:
                self.shapes[name] = array.dtype, array.shape[1:]
                with (self.folder / name).open("ab") as file:
                    file.write(np.ascontiguousarray(array).tobytes())

    def close(self, path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name, (dtype, shape) in self.shapes.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                    _header(entry, dtype, (self.rows, *shape))
                    with (self.folder / name).open("rb") as content:
                        while piece := content.read(1 << 20):
                            entry.write(piece)
            names = {"names": self.form.names} | ({"files": self.labels} if self.labels else {})
            for name, texts in names.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                    npy.write_array(entry, np.array(texts), allow_pickle=False)


def _header(entry: IO[bytes], dtype: Any, shape: tuple[int, ...]) -> None:
    about = {"descr": npy.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    npy.write_array_header_2_0(entry, about)


class _Parquet:
    def __init__(self, path: Path, form: Form) -> None:
        self._arrow, self._path, self._form = pyarrow(), path, form
        self._file: Any = None

    def write(self, predicted: Predicted) -> None:
        table = self._arrow.table(self._form.columns(predicted))
        if self._file is None:
            self._file = self._arrow.parquet.ParquetWriter(self._path, table.schema)
        self._file.write_table(table)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
