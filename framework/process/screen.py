"""The screen: a pipe that is gone, a full disk or an odd encoding never reaches who writes to it.

Whoever prints (messages, progress bars, tables, other people's code) writes to `sys.stdout` and
`sys.stderr`. Below them lies here a raw file that, at the first error, puts the null device in the
place of the descriptor and continues: what was printed is lost, what is at work is not.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import select
import stat
import sys
from typing import Any

_PATIENCE = 1.0  # seconds that a screen which takes nothing just now is waited for
_READER_LEFT = (errno.EPIPE, errno.EIO, errno.ECONNRESET)


class _Screen(io.RawIOBase):
    """A descriptor that can always be written to.

    Attributes
    ----------
    lost : why what was written is lost, since it is.
    """

    def __init__(self, handle: int, name: str) -> None:
        super().__init__()
        self.name, self.mode = name, "wb"
        self.lost: OSError | None = None
        self._handle = handle

    def fileno(self) -> int:
        return self._handle

    def isatty(self) -> bool:
        return os.isatty(self._handle)

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        """Write all of it, or lose it."""
        left = memoryview(content).cast("B")
        size = len(left)
        while left:
            try:
                left = left[os.write(self._handle, left) :]
            except BlockingIOError:  # another program made the terminal so
                if not _takes_more(self._handle):
                    break
            except OSError as error:
                self.lost = error
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, self._handle)
                os.close(null)
        return size


def _takes_more(handle: int) -> bool:
    """Wait a moment for room in a pipe or terminal; Windows can wait for sockets only."""
    if sys.platform == "win32":
        return False
    return bool(select.select([], [handle], [], _PATIENCE)[1])


def protect() -> None:
    """Let this process's standard output and error survive whatever becomes of the screen.

    What an encoding cannot write appears as an escape. Streams that are no files of the system,
    such as a notebook's, stay as they are.
    """
    sys.stdout = _protected(sys.stdout, 1)
    sys.stderr = _protected(sys.stderr, 2)


def unwritten() -> str | None:
    """Return why what was printed on standard output is not where it was sent to, else nothing.

    A reader that has left (`| head`) wanted no more; a full disk is another matter.
    """
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    lost = _lost(sys.stdout)
    if lost is None or lost.errno in _READER_LEFT:
        return None
    return f"standard output: cannot be written: {lost.strerror}"


def last_word(line: str) -> None:
    """Print a line on standard error or, when that is gone, on the terminal if it is ours.

    Ctrl-C in `framework … 2>&1 | tee log` ends `tee` first.
    """
    print(line, file=sys.stderr, flush=True)
    if sys.platform == "win32" or (_lost(sys.stderr) is None and not _reader_leaves(2)):
        return
    with contextlib.suppress(OSError):
        terminal = os.open("/dev/tty", os.O_WRONLY | os.O_NOCTTY)
        try:
            if os.tcgetpgrp(terminal) == os.getpgrp():
                os.write(terminal, f"{line}\n".encode())
        finally:
            os.close(terminal)


def _reader_leaves(handle: int) -> bool:
    """Whether it is a pipe whose last reader ends within a moment, as one does after Ctrl-C."""
    if sys.platform == "win32" or not stat.S_ISFIFO(os.fstat(handle).st_mode):
        return False
    poll = select.poll()
    poll.register(handle, 0)  # a reader that has left is told in any case
    return bool(poll.poll(300))


def _protected(stream: Any, handle: int) -> Any:
    if stream is None:  # closed as the process began
        return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123
    try:
        if stream.fileno() != handle or isinstance(_raw(stream), _Screen):
            return stream
        if sys.platform == "win32" and stream.isatty():  # a console takes no bytes
            stream.reconfigure(errors="backslashreplace")
            return stream
    except (AttributeError, OSError, ValueError):
        return stream
    with contextlib.suppress(OSError):
        stream.flush()
    screen: Any = _Screen(handle, stream.name)
    return io.TextIOWrapper(
        screen if _raw(stream) is stream.buffer else io.BufferedWriter(screen),  # `python -u`
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def _raw(stream: Any) -> object:
    return getattr(stream.buffer, "raw", stream.buffer)


def _lost(stream: Any) -> OSError | None:
    raw = _raw(stream) if hasattr(stream, "buffer") else None
    return raw.lost if isinstance(raw, _Screen) else None
