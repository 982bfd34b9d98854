"""Writing files: whole or not at all. Every file of a run goes through here.

A file is written under a temporary name, synced, renamed, and its directory synced; so, whenever
the power fails, a reader finds the old content or the new one. Only calls of `os` touch the disk.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from framework.errors import RunError
from framework.files.reading import NO_LINKS, refuse_link

if sys.platform != "win32":
    import fcntl

_NO_UTF8 = "backslashreplace"  # for what a path may hold that is no text
_PART = ".part-"  # how the names of temporary files begin
_LEFTOVER = re.compile(r"\.part-[0-9a-f]{12}(\.[^/]*)?")
_LONGEST = 1 << 16  # bytes of a line that may be taken off


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to, which takes the place of `path` if all goes well.

    Raises
    ------
    RunError : naming the file, when it cannot be written.
    """
    with _part(path) as part:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
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
    with _part(path, durable=durable) as part:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            for piece in content:
                _write(handle, piece)
            if durable:
                os.fsync(handle)
        finally:
            os.close(handle)


def write_text(path: Path, content: str, *, durable: bool = True) -> None:
    """Write a text file whole, in UTF-8; `write_bytes` tells more."""
    write_bytes(path, content.encode(errors=_NO_UTF8), durable=durable)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON that every reader takes: numbers that are not finite become null."""
    write_text(path, json.dumps(_finite(content), indent=2, ensure_ascii=False) + "\n")


class Appending:
    """A text file that grows by whole lines; the part of one that a crash left is taken off.

    Raises
    ------
    RunError : naming the file, when it cannot be written; what was there stays.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        refuse_link(path)
        with _naming(path):
            self._handle = self._open()
            try:
                self._take_off_the_broken_line()
            except BaseException:
                os.close(self._handle)
                raise

    def _open(self) -> int:
        """Open the file, and no other name's: nothing is appended through a link of any kind."""
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | NO_LINKS | getattr(os, "O_NONBLOCK", 0)
        handle = os.open(self._path, flags, 0o666)
        try:
            about = os.fstat(handle)
            if not stat.S_ISREG(about.st_mode):
                raise OSError(None, "it is no regular file")
            if about.st_nlink == 1:
                return handle
            with _part(self._path) as part:  # the other names keep what they have
                copy = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
                try:
                    while piece := os.read(handle, _LONGEST):
                        _write(copy, piece)
                finally:
                    os.close(copy)
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        return os.open(self._path, flags, 0o666)

    def _take_off_the_broken_line(self) -> None:
        end = os.fstat(self._handle).st_size
        start = max(0, end - _LONGEST)
        tail = os.pread(self._handle, end - start, start)
        if not tail.endswith(b"\n") and end:
            os.ftruncate(self._handle, start + tail.rfind(b"\n") + 1)

    def write(self, text: str) -> None:
        """Append a text; it is there whole or, when that fails, not at all."""
        with _naming(self._path):
            end = os.fstat(self._handle).st_size
            try:
                _write(self._handle, text.encode(errors=_NO_UTF8))
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._handle, end)
                raise

    def close(self) -> None:
        """Close the file."""
        with _naming(self._path):
            os.close(self._handle)


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
        _sync_directory(path.parent)
    except OSError as error:
        raise RunError(f"{path}: cannot be made: {error.strerror} ({key})") from error


def make_own_directory(path: Path) -> None:
    """Make a directory inside that of a run or sweep; a link in its place is refused.

    Raises
    ------
    RunError : naming it, when it cannot be made, or is a link.
    """
    refuse_link(path)
    make_directory(path)


@contextlib.contextmanager
def claimed(directory: Path) -> Iterator[None]:
    """Have a directory to oneself, among processes that ask; a process that ends lets go of it.

    Raises
    ------
    RunError : naming it, when another process has it.
    """
    if sys.platform == "win32":
        yield
        return
    with _naming(directory):
        handle = os.open(directory, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunError(f"{directory}: another process is at work on this run") from error
        except OSError:  # a filesystem without locks
            pass
        yield
    finally:
        with contextlib.suppress(OSError):  # nothing was written to it
            os.close(handle)


def rename(path: Path, name: str) -> None:
    """Give a file another name in its directory."""
    with _naming(path):
        os.replace(path, path.with_name(name))  # noqa: PTH105
        _sync_directory(path.parent)


def remove(path: Path) -> None:
    """Remove a file; one that is not there is fine."""
    with _naming(path), contextlib.suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108


def remove_leftovers(*directories: Path) -> None:
    """Remove the temporary files that a process left in these directories when it was killed.

    Only regular files of the names that this module gives are touched, and none in directories
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


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror or error}") from error


@contextlib.contextmanager
def _part(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Give a new name in a file's directory; what is written there becomes the file."""
    # The end of the file's own name says whose it was, should it be left behind.
    part = path.parent / f"{_PART}{os.urandom(6).hex()}.{path.name[-40:]}"
    with _naming(path):
        try:
            yield part
            os.replace(part, path)  # noqa: PTH105  (all of this module's calls are `os`'s)
        except BaseException:
            with contextlib.suppress(OSError):  # it may not be there, or the disk may be gone
                os.unlink(part)  # noqa: PTH108
            raise
        if durable:
            _sync_directory(path.parent)


def _write(handle: int, content: bytes | bytearray | memoryview) -> None:
    left = memoryview(content).cast("B")
    while left:
        left = left[os.write(handle, left) :]


def _sync_directory(path: Path) -> None:
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
