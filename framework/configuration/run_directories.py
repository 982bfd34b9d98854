"""Directories for runs and sweeps: nobody else has them, and unused ones are taken back."""

from __future__ import annotations

import contextlib
import itertools
import os
from pathlib import Path

from framework.errors import RunError
from framework.process.caller import for_caller

SWEEP_RECORDS = "ledger"
"""The folder in a sweep's directory that no job can have: the ledger of its jobs."""


class RunDirectories:
    """The directories made for the runs and sweeps of one command line or one call, newest last.

    A thread that trains has its own, and takes back nothing that another one reserved.
    """

    def __init__(self) -> None:
        self._reserved: list[Path] = []

    def reserve(self, path: str) -> str:
        """Make a directory that nobody else has; two runs never share one.

        The path itself if it is new, else the path with `_1`, `_2`, … behind it.

        Raises
        ------
        RunError : when it cannot be made.
        """
        try:
            directory = _make_new(path)
        except OSError as error:
            place = for_caller("hydra.run.dir, of a sweep hydra.sweep.dir,", "directory")
            raise RunError(
                f"{path}: cannot be made: {error.strerror or error}; {place} decides the place"
            ) from error
        self._reserved.append(directory)
        return str(directory)

    def add(self, directory: Path) -> None:
        """Take a directory back at the end that was made otherwise, if nothing is in it."""
        self._reserved.append(directory)

    def release(self) -> None:
        """Take back the directories that nothing was written to."""
        while self._reserved:
            directory = self._reserved.pop()
            with contextlib.suppress(OSError):  # not empty: it stays
                for job in directory.glob("*/"):
                    job.rmdir()
                os.removedirs(directory)


def working_directory() -> Path:
    """Return the working directory.

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


def _make_new(path: str) -> Path:
    for number in itertools.count():
        directory = Path(f"{path}_{number}" if number else path)
        try:
            directory.mkdir(parents=True)
        except FileExistsError:
            if not directory.is_dir():
                raise
            continue
        except FileNotFoundError:  # another process took an empty parent back meanwhile
            directory.mkdir(parents=True)
        return directory
    raise AssertionError
