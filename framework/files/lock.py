"""A run's directory for one process at a time."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from framework.errors import RunError
from framework.files.reading import is_there, refuse_link
from framework.files.writing import naming_errors

LOCK = ".lock"
"""The file in a directory whose lock stands for it, where a directory itself cannot be locked."""

if sys.platform != "win32":
    import fcntl


@contextlib.contextmanager
def exclusive_lock(directory: Path) -> Iterator[None]:
    """Have a directory to oneself, among processes that ask; a process that ends lets go of it.

    The directory itself is locked, which leaves no file in it and nothing that a link could be put
    in the place of, and saves the import of filelock, a twentieth of what a start takes. Windows
    cannot lock a directory: there it is a file in it, which is removed at the end.

    Raises
    ------
    RunError : naming it, when another process has it.
    """
    with _locked(directory):
        yield


@contextlib.contextmanager
def _locked_file(directory: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    path = directory / LOCK
    refuse_special_file(path)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise _taken(directory) from error
    except (OSError, NotImplementedError):  # a filesystem without locks
        pass
    try:
        yield
    finally:
        lock.release()
        with contextlib.suppress(OSError):  # somebody else may have taken it meanwhile
            os.unlink(path)  # noqa: PTH108


if sys.platform != "win32":

    @contextlib.contextmanager
    def _locked_directory(directory: Path) -> Iterator[None]:
        with naming_errors(directory):
            handle = os.open(directory, os.O_RDONLY)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise _taken(directory) from error
            except OSError:  # a filesystem without locks
                pass
            yield
        finally:
            with contextlib.suppress(OSError):  # nothing was written to it
                os.close(handle)

    _locked = _locked_directory
else:
    _locked = _locked_file


def refuse_special_file(path: Path) -> None:
    """Refuse a lock that is no regular file: to open it might wait for ever, or empty another.

    Raises
    ------
    RunError : naming it.
    """
    refuse_link(path)
    if is_there(path) and not path.is_file():
        raise RunError(f"{path}: cannot be locked: it is no regular file")


def _taken(directory: Path) -> RunError:
    return RunError(f"{directory}: another process is at work on this run")
