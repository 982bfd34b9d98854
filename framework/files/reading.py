"""Reading files that anybody may have put there: regular ones, of a bounded size, through no link.

A pipe or a device in the place of a file would never end, a link would lead out of the run's
directory. What is opened is looked at before anything is read from it.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

from framework.errors import RunError

SMALL = 1 << 24
"""Bytes of a summary, a record, a configuration: far more than any has."""

BINARY = getattr(os, "O_BINARY", 0)
"""The flag without which Windows changes the ends of lines."""

NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
"""The flag that makes `os.open` refuse a symbolic link, where the system has it."""

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | BINARY | NO_LINKS


def open_regular(path: Path) -> int:
    """Open a regular file for reading; return its handle.

    Raises
    ------
    RunError : naming the path, when it cannot be opened, or is a link, a pipe, a device, a folder.
    """
    refuse_link(path)
    try:
        handle = os.open(path, _FLAGS)
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise RunError(f"{path}: cannot be read: it is no regular file")
    return handle


def read_bounded(path: Path, limit: int = SMALL) -> bytes:
    """Read a regular file whole.

    Parameters
    ----------
    limit : bytes that it may have at most.

    Raises
    ------
    RunError : naming the path, when it is no such file or cannot be read.
    """
    with os.fdopen(open_regular(path), "rb") as file:
        try:
            content = file.read(limit + 1)
        except OSError as error:
            raise RunError(f"{path}: cannot be read: {error.strerror or error}") from error
    if len(content) > limit:
        raise RunError(f"{path}: cannot be read: it has more than {limit:,} bytes")
    return content


def read_text(path: Path, limit: int = SMALL) -> str:
    """Read a regular text file in UTF-8 whole, as `read_bounded` does.

    Raises
    ------
    RunError : naming the path, when it is no such file or cannot be read.
    """
    try:
        return read_bounded(path, limit).decode()
    except UnicodeDecodeError as error:
        raise RunError(f"{path}: cannot be read: it is no text in UTF-8") from error


def read_json(path: Path, limit: int = SMALL) -> object:
    """Read a regular file of JSON, as `read_bounded` does.

    Raises
    ------
    RunError : naming the path, when it is no such file or cannot be read.
    """
    try:
        return json.loads(read_bounded(path, limit))
    except (ValueError, RecursionError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise RunError(f"{path}: cannot be read: it is not JSON: {why}") from error


def is_there(path: Path) -> bool:
    """Whether there is something of that name, a link that leads nowhere included.

    Raises
    ------
    RunError : naming the path, when that cannot be told.
    """
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror or error}") from error
    return True


def refuse_link(path: Path) -> None:
    """Refuse a file or folder of a run that is a symbolic link; nothing there is fine.

    Raises
    ------
    RunError : naming the path.
    """
    if is_there(path) and path.is_symlink():
        raise RunError(
            f"{path}: is a symbolic link; what lies inside a run is neither read nor written"
            " through one"
        )
