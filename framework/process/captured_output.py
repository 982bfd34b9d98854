"""Keeping what other people's code prints off the screen, by whatever means it prints."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass
class Printed:
    """What was printed, once it is over."""

    text: str = ""


@contextlib.contextmanager
def quiet() -> Iterator[Printed]:
    """Catch what is written to the process's standard output and error.

    The file descriptors are swapped, not Python's objects: what C code or a child process prints
    is caught too, and nobody is left with a stream that is closed later.
    """
    found = Printed()
    _flush()
    with tempfile.TemporaryFile() as file:
        saved = {fd: os.dup(fd) for fd in (1, 2) if _is_open(fd)}
        try:
            for fd in saved:
                os.dup2(file.fileno(), fd)
            yield found
        finally:
            _flush()
            for fd, copy in saved.items():
                os.dup2(copy, fd)
                os.close(copy)
            file.seek(0)
            found.text = file.read().decode(errors="replace").strip()


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True
