"""Columns with names: which of them hold numbers, and which hold categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from framework.text import nearest


@dataclass(frozen=True)
class Columns:
    """The columns of inputs ``[N, D]``.

    Attributes
    ----------
    names : one for each column; ``()`` where they have no names.
    categories : for each column its categories, in the order of their codes 0, 1, …; ``()`` for a
        column of numbers.

    >>> columns = Columns(("age", "colour"), ((), ("blue", "red")))
    >>> columns.index("colour"), columns.of_categories()
    (1, (1,))
    """

    names: tuple[str, ...] = ()
    categories: tuple[tuple[str, ...], ...] = ()

    def index(self, column: int | str) -> int:
        """Return a column's number, from its name or itself.

        Raises
        ------
        ValueError : when there is no such column; the text gives the nearest.
        """
        if isinstance(column, str):
            if column not in self.names:
                if not self.names:
                    raise ValueError(f"column '{column}': the data have no names of columns")
                raise ValueError(f"there is no column '{column}'; {nearest(column, self.names)}")
            return self.names.index(column)
        if self.names and not 0 <= column < len(self.names):
            raise ValueError(f"there is no column {column}; expected 0 to {len(self.names) - 1}")
        return column

    def of_categories(self) -> tuple[int, ...]:
        """Return the numbers of the columns that hold categories."""
        return tuple(i for i, categories in enumerate(self.categories) if categories)

    def shown(self, column: int) -> str:
        """Return a column for a message: its number, and its name if it has one."""
        return f"{column} ('{self.names[column]}')" if column < len(self.names) else str(column)

    def only(self, columns: Sequence[int]) -> Columns:
        """Return some of the columns."""
        return Columns(
            tuple(self.names[i] for i in columns), tuple(self.categories[i] for i in columns)
        )


UNNAMED = Columns()
"""Columns without names."""


def names_problem(class_names: Sequence[object]) -> str:
    """Return what is wrong with the names of classes; '' for nothing."""
    if _texts(class_names):
        return ""
    return f"names of classes are {str(class_names)[:60]}; expected a tuple of texts"


def columns_problem(names: Sequence[str], categories: Sequence[object], width: int) -> str:
    """Return what is wrong with the names of ``width`` columns; '' for nothing."""
    if names and len(names) != width:
        return f"{len(names)} columns are named, inputs have {width}"
    if len(set(names)) < len(names):
        return f"two columns are called '{next(n for n in names if list(names).count(n) > 1)}'"
    if categories and len(categories) != width:
        return f"categories of {len(categories)} columns are given, inputs have {width}"
    if not _texts(names):
        return f"names of columns are {str(names)[:60]}; expected texts"
    for i, texts in enumerate(categories):
        if not _texts(texts):
            column = Columns(tuple(names)).shown(i)
            return (
                f"categories of column {column} are {str(texts)[:60]}; expected a tuple of texts,"
                " () for a column of numbers"
            )
    return ""


def _texts(given: object) -> bool:
    return isinstance(given, tuple | list) and all(isinstance(text, str) for text in given)
