"""The folders of a sweep's jobs: whose each is, and whether it still holds what its job left.

A file `.job` in a folder has the key of the job that it belongs to. Folders are given out one at a
time, under a lock, so that no two jobs get the same one.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from framework.configuration.run_directories import SWEEP_RECORDS
from framework.errors import RunError
from framework.files.directories import (
    leftovers,
    make_directory,
    make_own_directory,
    remove,
    remove_leftovers,
    rename,
)
from framework.files.lock import refuse_special_file
from framework.files.reading import is_there, read_bounded, refuse_link
from framework.files.writing import write_text
from framework.runs.summary_file import SUMMARY

LEDGER = SWEEP_RECORDS  # the folder of a sweep that says what became of its jobs
_OWNER = ".job"
_TURNS = "folders.lock"
_NO_LONGER = 60  # seconds that writing a file of the ledger never takes
_KEY = re.compile(r"[0-9a-f]{32}")


def assign_directory(sweep: Path, key: str, wanted: str, suits: Callable[[Path], bool]) -> str:
    """Give a job a folder of its own: the one wanted or, if another job has it, `wanted_1`, ….

    Parameters
    ----------
    suits : whether what a folder holds, whose owner is this job or not known, is this job's.

    Raises
    ------
    RunError : when none can be made.
    """
    with locked(sweep / LEDGER / _TURNS):
        for number in itertools.count():
            name = f"{wanted}_{number}" if number else wanted
            place = sweep / name
            refuse_link(place)
            make_directory(place)
            owner = _owner(place)
            if owner in ("", key) and suits(place):
                remove_leftovers(place)
                if owner != key:
                    write_text(place / _OWNER, key, durable=False)  # without it, the run says
                return name
    raise AssertionError


def release_if_empty(sweep: Path, directory: str, key: str = "") -> None:
    """Take a folder back if it is empty, or holds nothing but the mark of the job `key`."""
    place = sweep / directory
    with contextlib.suppress(OSError, RunError), locked(sweep / LEDGER / _TURNS):
        if key and _owner(place) == key:
            remove_leftovers(place)
            if [path.name for path in place.iterdir()] == [_OWNER]:
                remove(place / _OWNER)
        place.rmdir()


def summary_hash(directory: Path) -> str:
    """Hash the summary that a job left; '' when it left none.

    Raises
    ------
    RunError : when there is one that cannot be read.
    """
    path = directory / SUMMARY
    return hashlib.sha256(read_bounded(path)).hexdigest() if is_there(path) else ""


def set_summary_aside(directory: Path) -> None:
    """Give a summary that is not believed another name, so that its job is done again."""
    if is_there(directory / SUMMARY):
        rename(directory / SUMMARY, f"{SUMMARY}.damaged")


@contextlib.contextmanager
def locked(path: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold a lock among processes, by a file that stays; a process that ends lets go of it.

    Parameters
    ----------
    waiting : called before this process waits for another one.

    Raises
    ------
    RunError : when the lock cannot be had.
    """
    from filelock import FileLock, Timeout

    make_own_directory(path.parent)
    refuse_special_file(path)
    lock = FileLock(path)
    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            waiting()
            lock.acquire()
    except OSError as error:
        raise RunError(f"{path}: cannot be locked: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()


def remove_dead_leftovers(folder: Path) -> None:
    """Remove temporary files of records whose writers have ended: nobody holds their job's lock."""
    from filelock import FileLock, Timeout

    for path in leftovers(folder):
        key = re.search(r"\.([0-9a-f]{32})\.json$", path.name)
        with contextlib.suppress(OSError, Timeout, RunError):
            if key is None and time.time() - path.lstat().st_mtime < _NO_LONGER:
                continue
            lock = folder / f"{key[1]}.lock" if key else None
            if lock is not None:
                refuse_special_file(lock)
            with FileLock(lock, timeout=0) if lock is not None else contextlib.nullcontext():
                remove(path)


def _owner(place: Path) -> str:
    """Return the key of the job that a folder belongs to; '' when nothing readable says so."""
    if not is_there(place / _OWNER):
        return ""
    try:
        text = read_bounded(place / _OWNER, 1 << 10).decode("ascii", "replace")
    except RunError:
        return ""
    return text if _KEY.fullmatch(text) else ""
