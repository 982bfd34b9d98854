"""Writing files whole or not at all. Every file of a run goes through this room.

A file is written under a temporary name, synced, renamed, and its directory synced; so, whenever
the power fails, a reader finds the old content or the new one. Only calls of `os` touch the disk.
Files that grow line by line are in `appending.py`, directories in `directories.py`.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from framework.errors import RunError
from framework.files.reading import BINARY

NO_UTF8 = "backslashreplace"
"""What becomes of what a path may hold that is not text."""

PART = ".part-"
"""How the names of temporary files begin."""

NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY
"""Flags that open a file for writing which is not there yet."""


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write to, which takes the place of `path` if all goes well.

    Raises
    ------
    RunError : naming the file, when it cannot be written.
    """
    with temporary_file(path) as part:
        os.close(os.open(part, NEW, 0o666))
        yield part
        handle = os.open(part, os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_bytes(path: Path, *content: bytes | bytearray | memoryview, durable: bool = True) -> None:
    """Write a file whole, from one or more pieces.

    Parameters
    ----------
    durable : whether to wait until the file would survive the machine's own crash; a process that
        ends, however it does, loses nothing either way.

    Raises
    ------
    RunError : naming the file, when it cannot be written.
    """
    with temporary_file(path, durable=durable) as part:
        handle = os.open(part, NEW, 0o666)
        try:
            for piece in content:
                write_all(handle, piece)
            if durable:
                os.fsync(handle)
        finally:
            os.close(handle)


def write_text(path: Path, content: str, *, durable: bool = True) -> None:
    """Write a text file whole, in UTF-8; `write_bytes` tells more."""
    write_bytes(path, content.encode(errors=NO_UTF8), durable=durable)


def write_json(path: Path, content: Mapping[str, Any], *, durable: bool = True) -> None:
    """Write JSON that every reader takes: numbers that are not finite become null."""
    text = json.dumps(_finite(content), indent=2, ensure_ascii=False)
    write_text(path, f"{text}\n", durable=durable)


@contextlib.contextmanager
def naming_errors(path: Path) -> Iterator[None]:
    """Raise what the system refuses as a `RunError` that names the file."""
    try:
        yield
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror or error}") from error


@contextlib.contextmanager
def temporary_file(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Yield a new name in a file's directory; what is written there becomes the file."""
    # The end of the file's own name says whose it was, should it be left behind.
    part = path.parent / f"{PART}{os.urandom(6).hex()}.{path.name[-40:]}"
    with naming_errors(path):
        try:
            yield part
            os.replace(part, path)  # noqa: PTH105  (all of this module's calls are `os`'s)
        except BaseException:
            with contextlib.suppress(OSError):  # it may not be there, or the disk may be gone
                os.unlink(part)  # noqa: PTH108
            raise
        if durable:
            sync_directory(path.parent)


def write_all(handle: int, content: bytes | bytearray | memoryview) -> None:
    """Write all of it; the system may take less at a time."""
    left = memoryview(content).cast("B")
    while left:
        left = left[os.write(handle, left) :]


def sync_directory(path: Path) -> None:
    """Wait until the names in a directory would survive the machine's own crash."""
    if os.name != "posix":  # elsewhere a directory cannot be opened
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _finite(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {str(k): _finite(v) for k, v in node.items()}
    if isinstance(node, list | tuple):
        return [_finite(v) for v in node]
    if isinstance(node, float) and not math.isfinite(node):
        return None
    return node
