"""A text file that grows line by line, such as a log."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from framework.files.reading import BINARY, NO_LINKS, refuse_link
from framework.files.writing import NEW, NO_UTF8, naming_errors, temporary_file, write_all

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | BINARY | NO_LINKS | getattr(os, "O_NONBLOCK", 0)
_LONGEST = 1 << 16  # bytes of a line that may be taken off


class Appending:
    """A text file that grows by whole lines; the part of one that a crash left is taken off.

    Raises
    ------
    RunError : naming the file, when it cannot be written; what was there stays.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        refuse_link(path)
        with naming_errors(path):
            self._handle = self._open()
            try:
                self._remove_broken_line()
            except BaseException:
                os.close(self._handle)
                raise

    def _open(self) -> int:
        """Open the file, and no other name's: nothing is appended through a link of any kind."""
        handle = os.open(self._path, _FLAGS, 0o666)
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(None, "it is no regular file")
            if status.st_nlink == 1:
                return handle
            with temporary_file(self._path) as part:  # the other names keep what they have
                copy = os.open(part, NEW, 0o666)
                try:
                    while piece := os.read(handle, _LONGEST):
                        write_all(copy, piece)
                finally:
                    os.close(copy)
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        return os.open(self._path, _FLAGS, 0o666)

    def _remove_broken_line(self) -> None:
        end = os.fstat(self._handle).st_size
        start = max(0, end - _LONGEST)
        os.lseek(self._handle, start, os.SEEK_SET)  # what is written goes to the end all the same
        tail = os.read(self._handle, end - start)
        if not tail.endswith(b"\n") and end:
            os.ftruncate(self._handle, start + tail.rfind(b"\n") + 1)

    def write(self, text: str) -> None:
        """Append a string; it is there whole or, when that fails, not at all."""
        with naming_errors(self._path):
            end = os.fstat(self._handle).st_size
            try:
                write_all(self._handle, text.encode(errors=NO_UTF8))
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._handle, end)
                raise

    def close(self) -> None:
        """Close the file."""
        with naming_errors(self._path):
            os.close(self._handle)
