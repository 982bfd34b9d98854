"""Which columns of a table hold categories, and how many each has."""

from __future__ import annotations

from framework import Columns


def category_columns(
    columns: Columns, chosen: tuple[int | str, ...], sizes: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the numbers of the chosen columns, and how many categories each has.

    Parameters
    ----------
    chosen : names or numbers; none for all that hold categories.
    sizes : how many each has; none for as many as the data say.

    Raises
    ------
    ValueError : when there is no such column, or it has no categories.

    >>> category_columns(Columns(("age", "city"), ((), ("Rome", "Oslo"))), (), ())
    ((1,), (2,))
    """
    numbers = tuple(columns.index(column) for column in chosen) or columns.of_categories()
    if not sizes:
        known = columns.categories or ((),) * len(columns.names)
        sizes = tuple(len(known[i]) if i < len(known) else 0 for i in numbers)
    for column, size in zip(numbers, sizes, strict=False):
        if not size:
            raise ValueError(
                f"column {columns.shown(column)} has no categories; expected columns that have, or"
                " sizes=[…]"
            )
    return numbers, sizes
