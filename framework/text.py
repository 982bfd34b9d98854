"""Words for people: names nearest to a mistaken one, errors as lines, tables."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

from framework.version import DISTRIBUTION, installed_version

_PACKAGE = Path(__file__).parent
_NOT_CORE = (str(_PACKAGE / "plugins"), str(_PACKAGE / "testing"))
_LONGEST_LINE = 1000  # characters


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows in aligned columns; columns of numbers stand to the right.

    Control characters are written as escapes: a cell may be untrusted text.

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
    """Return a figure in short, with digits that say something.

    >>> [shown_figure(value) for value in (0.98125, 0.0, 1.234e-05, 123456.7)]
    ['0.9812', '0.0000', '1.234e-05', '1.235e+05']
    """
    plain = value == 0 or 1e-3 <= abs(value) < 1e5
    return f"{value:.4f}" if plain else f"{value:.3e}"


def _is_number(text: str) -> bool:
    return not text or bool(re.fullmatch(r"-?[\d,]*(\.\d*(e[+-]\d\d)?)?", text))


def one_line(error: BaseException) -> str:
    r"""Return an error's text on one line, or its type when it has none.

    >>> one_line(ValueError("two\nlines"))
    'two lines'
    """
    return " ".join(str(error).split()) or type(error).__name__


def nearest(name: object, valid: Iterable[object], *, among: str = "one of") -> str:
    """Return which valid name is nearest to a mistaken one, or a few when none is.

    >>> nearest("rmsprob", ["sgd", "rmsprop"])
    "did you mean 'rmsprop'?"
    >>> nearest("adam", ["sgd", "rmsprop"])
    "one of 'rmsprop', 'sgd'"
    """
    names = sorted({str(v) for v in valid})
    close = [n for n in names if n.rpartition("/")[2] == str(name)]
    close = close or get_close_matches(str(name), names, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    shown = ", ".join(f"'{n}'" for n in names[:12])
    more = ", …" if len(names) > 12 else ""
    return f"{among} {shown}{more}" if names else "there is none"


def printable(text: str) -> str:
    r"""Return a string, its control characters as escapes, so that nobody's text steers a terminal.

    The middle of a line that is longer than a screen is left out.

    >>> printable("a\x1b[2J\nb")
    'a\\x1b[2J\nb'
    """
    escaped = "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)
    lines = escaped.split("\n")
    return "\n".join(x if len(x) <= _LONGEST_LINE else f"{x[:500]} … {x[-480:]}" for x in lines)


def describe(error: BaseException) -> str:
    """Return in one line what was raised, and where.

    >>> describe(ValueError("no"))
    'ValueError: no'
    """
    if isinstance(error, SystemExit):
        text = "calls sys.exit"
    else:
        lines = str(error).strip().splitlines()
        text = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    if isinstance(error, ImportError) and (error.name or "").split(".")[0] == _PACKAGE.name:
        text += f", this is {DISTRIBUTION} {installed_version()}"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if _foreign(f.filename)]
    if not frames or isinstance(error, SyntaxError):
        return text
    return f"{text} ({short_path(frames[-1].filename)}:{frames[-1].lineno})"


def _foreign(file: str) -> bool:
    """Whether a file is neither of Python's own library nor of the core."""
    if file.startswith("<"):
        return bool(_cell(file))
    if file.startswith(str(Path(os.__file__).parent)) and "site-packages" not in file:
        return False
    return not file.startswith(str(_PACKAGE) + os.sep) or file.startswith(_NOT_CORE)


def short_path(path: str) -> str:
    """Return a path as short as it is clear: from the working directory or from site-packages.

    A notebook's cell is called what the notebook calls it.
    """
    if cell := _cell(path):
        return cell
    for root in (str(Path.cwd()), *sys.path):
        if root and path.startswith(root + os.sep):
            return path[len(root) + 1 :]
    return path


def _cell(path: str) -> str:
    """Return what a notebook calls the cell that is compiled under a path; '' when none is."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    name = getattr(getattr(shell, "compile", None), "format_code_name", lambda path: None)(path)
    return " ".join(name) if name else ""
