"""A table in plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from framework.faults import printable


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows in aligned columns; columns of numbers stand to the right.

    Control characters are written as escapes: a cell may be a stranger's text.

    >>> print(table(["name", "size"], [["a", "10"], ["bc", "9"]]))
    name  size
    a       10
    bc       9
    """
    cells = [[printable(text) for text in row] for row in (columns, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    numeric = [all(_is_number(row[i]) for row in rows) for i in range(len(columns))]
    lines = (
        "  ".join(
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in cells
    )
    return "\n".join(lines)


def shown_figure(value: float) -> str:
    """Write a figure in short, with digits that say something.

    >>> [shown_figure(value) for value in (0.98125, 0.0, 1.234e-05, 123456.7)]
    ['0.9812', '0.0000', '1.234e-05', '1.235e+05']
    """
    plain = value == 0 or 1e-3 <= abs(value) < 1e5
    return f"{value:.4f}" if plain else f"{value:.3e}"


def _is_number(text: str) -> bool:
    return not text or bool(re.fullmatch(r"-?[\d,]*(\.\d*(e[+-]\d\d)?)?", text))
