"""Who asked for a run, a command line or Python: messages name what each can write."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

_PYTHON: ContextVar[bool] = ContextVar("python", default=False)  # of a thread


@contextlib.contextmanager
def called_from_python() -> Iterator[None]:
    """Have messages in the block name arguments of Python."""
    token = _PYTHON.set(True)
    try:
        yield
    finally:
        _PYTHON.reset(token)


def for_caller(command_line: str, python: str) -> str:
    """Return the text that whoever asked can follow."""
    return python if _PYTHON.get() else command_line
