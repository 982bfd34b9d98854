"""The program around a run: who looks on there, and how they are shown how far it is."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Literal

_VERBOSE: ContextVar[bool] = ContextVar("verbose", default=True)  # of a thread

Display = Literal["notebook", "terminal", "lines", "nothing"]


def in_notebook() -> bool:
    """Return whether cells of a notebook are run here, or of another program with a kernel."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None


def is_interactive() -> bool:
    """Return whether somebody types lines or runs cells here, and so goes on after a line ended."""
    return hasattr(sys, "ps1")  # IPython's shells have it, too


@contextlib.contextmanager
def verbose(shown: bool) -> Iterator[None]:
    """Have the runs in the block show how far they are, or not."""
    token = _VERBOSE.set(shown)
    try:
        yield
    finally:
        _VERBOSE.reset(token)


def progress_display() -> Display:
    """Return how somebody who waits is shown how far a run is: for callbacks.

    Returns
    -------
    "notebook" or "terminal", where there can be a bar; elsewhere "lines", unless the log shows them
    already (`shows_log`); "nothing" where nothing is to be shown.
    """
    if not _VERBOSE.get():
        return "nothing"
    if in_notebook():
        return "notebook"
    if _is_terminal():
        return "terminal"
    return "nothing" if sys.stderr is None or shows_log() else "lines"


def _is_terminal() -> bool:
    """Whether standard error is a terminal with columns for a bar: some say that they have none."""
    try:
        return sys.stderr.isatty() and os.get_terminal_size(sys.stderr.fileno()).columns > 0
    except (AttributeError, OSError, ValueError):
        return False


def shows_log() -> bool:
    """Return whether the lines of the log are shown: by the command line, or the program around."""
    return logging.getLogger("framework").isEnabledFor(logging.INFO)
