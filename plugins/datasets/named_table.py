"""What datasets of tables have in common: which columns are what, and how rows are held out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from framework import REQUIRED, Array, Data, DataError, Dataset, Targets, hyperparameter

from .own_splits import OwnSplits
from .tables import Choice, data_of_table, whole_table

Wanted = Callable[[Sequence[str]], Sequence[str]]
"""Which columns of a file are read, of the names it has."""


@dataclass(frozen=True)
class TableFields(Dataset):
    """Which columns of a file are inputs, and which are targets."""

    path: str = hyperparameter(REQUIRED, "the file of the table")
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


@dataclass(frozen=True)
class NamedTable(OwnSplits, TableFields):
    """A table of named columns in a file."""

    @abstractmethod
    def read(self, wanted: Wanted) -> dict[str, Array]:
        """Return columns by name: numbers, or texts; what is missing is None or NaN.

        Raises
        ------
        DataError : naming the file, when it is none.
        """

    def load(self, rng: np.random.Generator) -> Data:
        choice = self._choice()
        table = self.read(lambda names: choice.wanted(names, self.path))
        return data_of_table(table, choice, self.scale, self.hold_out(), rng, self.path)

    def load_whole(self, path: Path, inputs: tuple[str, ...] = ()) -> Data:
        """Return all rows of another such file, in each of the splits.

        Parameters
        ----------
        inputs : the columns of the inputs; none for those that the fields say.

        Raises
        ------
        DataError : as `load` does.
        """
        other = replace(self, path=str(path))
        if inputs:
            other = replace(other, columns=inputs, ignore=())
        choice = other._choice()

        def wanted(names: Sequence[str]) -> Sequence[str]:
            nonlocal choice
            if inputs and not choice.target:
                choice = replace(choice, target=(_only_other(names, inputs, str(path)),))
            return choice.wanted(names, str(path))

        table = other.read(wanted)
        return whole_table(table, choice, other.scale, str(path))

    def holds_texts(self, name: str) -> bool:
        """Return whether a column is said to hold texts, whatever it looks like."""
        return name in self.categories or (
            self.targets == "labels" and name in self._choice().target
        )

    def file(self, kind: str) -> Path:
        """Return the path of the file.

        Raises
        ------
        DataError : when there is none.
        """
        if not self.path.strip():
            raise DataError(f"data.path: is empty; expected a {kind} file")
        path = Path(self.path).expanduser()
        if not path.is_file():
            what = "is no regular file" if path.exists() else "there is no such file"
            raise DataError(f"{path}: {what} (data.path)")
        return path

    def _choice(self) -> Choice:
        target = (self.target,) if isinstance(self.target, str) else self.target or ()
        return Choice(target, self.columns, self.ignore, self.categories, self.targets)


def _only_other(names: Sequence[str], inputs: Sequence[str], source: str) -> str:
    """Return the only column that is no input: that of the targets."""
    taken = frozenset(inputs)
    others = [name for name in names if name not in taken]
    if len(others) != 1:
        shown = ", ".join(others[:6]) or "none"
        raise DataError(
            f"{source}: has {len(others)} columns beside the inputs ({shown}); data.target=… says"
            " which has the targets"
        )
    return others[0]
