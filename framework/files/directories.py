"""Directories of runs and sweeps: made, tidied; names in them changed and removed."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from framework.errors import RunError
from framework.files.reading import refuse_link
from framework.files.writing import naming_errors, sync_directory

_LEFTOVER = re.compile(r"\.part-[0-9a-f]{12}(\.[^/]*)?")  # as `writing.temporary_file` names them


def make_directory(path: Path, key: str = "hydra.run.dir") -> None:
    """Make a directory and its parents.

    Parameters
    ----------
    key : what in the configuration says where it is.

    Raises
    ------
    RunError : naming it, when it cannot be made.
    """
    try:
        os.makedirs(path, exist_ok=True)  # noqa: PTH103
        sync_directory(path.parent)
    except OSError as error:
        raise RunError(f"{path}: cannot be made: {error.strerror} ({key})") from error


def make_own_directory(path: Path) -> None:
    """Make a directory inside that of a run or sweep; a link in its place is refused.

    Raises
    ------
    RunError : naming it, when it cannot be made, or is a link.
    """
    refuse_link(path)
    if not path.is_dir():
        make_directory(path)


def rename(path: Path, name: str) -> None:
    """Give a file another name in its directory."""
    with naming_errors(path):
        os.replace(path, path.with_name(name))  # noqa: PTH105
        sync_directory(path.parent)


def remove(path: Path) -> None:
    """Remove a file; one that is not there is fine."""
    with naming_errors(path), contextlib.suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108


def remove_leftovers(*directories: Path) -> None:
    """Remove the temporary files that a process left in these directories when it was killed.

    Only regular files of the names that `writing.py` gives are touched, and none in directories
    below: those are another's.
    """
    for directory in directories:
        for path in leftovers(directory):
            remove(path)


def leftovers(directory: Path) -> list[Path]:
    """List the temporary files in a directory; there are none behind a link.

    Raises
    ------
    RunError : naming the directory, when it cannot be read.
    """
    if directory.is_symlink() or not directory.is_dir():
        return []
    try:
        with os.scandir(directory) as entries:
            return [
                Path(entry.path)
                for entry in entries
                if _LEFTOVER.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
            ]
    except OSError as error:
        raise RunError(f"{directory}: cannot be read: {error.strerror or error}") from error
