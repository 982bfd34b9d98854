"""Directories for runs and sweeps: nobody else has them, and unused ones are taken back."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

from framework.errors import RunError

SWEEP_RECORDS = "ledger"
"""The folder in a sweep's directory that no job can have: the ledger of its jobs."""

_reserved: ContextVar[list[Path] | None] = ContextVar("reserved", default=None)
_of_the_process: list[Path] = []


def reserved() -> list[Path]:
    """Give the directories made for runs and sweeps here, newest last.

    Those of the block of `own` that the caller is in, otherwise the process's.
    """
    own_list = _reserved.get()
    return _of_the_process if own_list is None else own_list


@contextlib.contextmanager
def own() -> Iterator[None]:
    """Know apart what is reserved in the block; at its end what nothing was written to goes.

    A thread that trains does not take back what another one reserved.
    """
    token = _reserved.set([])
    try:
        yield
    finally:
        release()
        _reserved.reset(token)


def reserve(path: str) -> str:
    """Make a directory that nobody else has; two runs never share one.

    The path itself if it is new, else the path with `_1`, `_2`, … behind it.

    Raises
    ------
    RunError : when it cannot be made.
    """
    try:
        return _reserve(path)
    except OSError as error:
        raise RunError(
            f"{path}: cannot be made: {error.strerror or error}; hydra.run.dir, of a sweep"
            " hydra.sweep.dir, decides the place"
        ) from error


def working_directory() -> Path:
    """Give the working directory.

    Raises
    ------
    RunError : when it was deleted.
    """
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise RunError(
            "the working directory was deleted; change to one that is there (cd)"
        ) from error


def _reserve(path: str) -> str:
    for number in itertools.count():
        place = Path(f"{path}_{number}" if number else path)
        try:
            place.mkdir(parents=True)
        except FileExistsError:
            if not place.is_dir():
                raise
            continue
        except FileNotFoundError:  # another process took an empty parent back meanwhile
            place.mkdir(parents=True)
        reserved().append(place)
        break
    return str(reserved()[-1])


def release() -> None:
    """Take back the reserved directories that nothing was written to."""
    paths = reserved()
    while paths:
        path = paths.pop()
        with contextlib.suppress(OSError):  # not empty: it stays
            for job in path.glob("*/"):
                job.rmdir()
            os.removedirs(path)
