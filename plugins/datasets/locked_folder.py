"""A cache folder that several processes share: one fills it, the others wait, then read."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

from framework import DataError

log = logging.getLogger("framework")

_LOCK = ".lock"


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Make a folder if need be, and be the only process in here that holds it.

    The operating system takes the lock from a process that ends, however it ends. Without a lock,
    on a file system that has none, nothing worse happens than that several processes fetch: files
    are written whole. What the folder did not get is not left behind: neither lock nor folder.

    Raises
    ------
    DataError : naming the folder, when it cannot be made or written to.
    """
    from filelock import FileLock, Timeout

    made = [path for path in (folder, *folder.parents) if not path.exists()]
    if (folder / _LOCK).is_symlink() or (
        (folder / _LOCK).exists() and not (folder / _LOCK).is_file()
    ):
        raise DataError(f"{folder / _LOCK}: is no regular file, and no lock (data.cache)")
    lock = FileLock(folder / _LOCK)
    try:
        while not lock.is_locked:
            folder.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):  # its last holder took the folder back
                try:
                    lock.acquire(timeout=0)
                except Timeout:
                    log.info("%s: another process is filling it; waiting", folder)
                    lock.acquire()
    except OSError as error:
        raise DataError(f"{folder}: cannot be written to: {error.strerror} (data.cache)") from error
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            (folder / _LOCK).unlink()  # still held: whoever waits for it notices, and makes anew
            for path in made:
                path.rmdir()  # unless it has got something
        lock.release()
