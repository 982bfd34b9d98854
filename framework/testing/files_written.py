"""Which files a piece of code writes, wherever they lie: Python's own audit of what is opened."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_CACHES = {"__pycache__", ".cache", "matplotlib", "fontconfig", "proc", "dev"}
"""Folders that libraries keep for themselves, and what is no file."""

_watching: list[set[str]] = []


@contextmanager
def written() -> Iterator[set[str]]:
    """Gather the paths that are opened for writing, or made as folders."""
    _listen()
    paths: set[str] = set()
    _watching.append(paths)
    try:
        yield paths
    finally:
        _watching.remove(paths)


def left_outside(paths: set[str], folder: Path) -> list[str]:
    """Return those that are still there and lie outside of a folder."""
    absolute = {Path(os.path.realpath(path)) for path in paths}
    inside = Path(os.path.realpath(folder))
    return sorted(
        str(path)
        for path in absolute
        if path.exists() and not path.is_relative_to(inside) and not _CACHES & set(path.parts)
    )


@cache
def _listen() -> None:
    sys.addaudithook(_heard)  # there is no way back: it looks only while somebody watches


def _heard(event: str, arguments: tuple[object, ...]) -> None:
    if not _watching:
        return
    if event == "open":
        path, _, flags = arguments
        writing = isinstance(flags, int) and bool(flags & _WRITING)
        if isinstance(path, str) and writing and not Path(path).is_dir():  # an unnamed file in one
            _note(path)
    elif event == "os.mkdir" and isinstance(arguments[0], str) and not Path(arguments[0]).exists():
        _note(arguments[0])


def _note(path: str) -> None:
    for paths in _watching:
        paths.add(str(Path.cwd() / path))
