"""The first moments of a command line's process, before anything else is imported.

Only the standard library: what is here runs while numpy and Hydra are still to come.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import sys
from pathlib import Path
from types import FrameType

NUMBERS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
)
"""The signals that ask a process to end: Ctrl-C, a kill, a terminal that closes."""


def is_module() -> bool:
    """Return whether this process was started as `python -m framework`."""
    command = sys.orig_argv
    asked = "-mframework" in command or ("-m", "framework") in itertools.pairwise(command)
    return sys.argv[:1] == ["-m"] and asked


def is_command_line() -> bool:
    """Return whether this process was started as `python -m framework` or `framework`."""
    return is_module() or Path(sys.argv[0] if sys.argv else "").stem == "framework"


def begin() -> None:
    """Open what the shell closed (`2>&-`), and let signals end the process in one line.

    A file that is opened while descriptor 2 is free becomes the place where errors are written.
    """
    while True:
        handle = os.open(os.devnull, os.O_RDWR)
        if handle > 2:
            os.close(handle)
            break
        os.set_inheritable(handle, True)
    _handle(leave)


def ending(status: int) -> None:
    """Let signals from now on end the process at once, with the status that it has come to."""
    _handle(lambda number, frame: os._exit(status))


def leave(number: int, frame: FrameType | None) -> None:
    """End the process: nothing is made yet that would be lost or left behind."""
    with contextlib.suppress(OSError):
        os.write(2, b"error: interrupted\n")
    os._exit(128 + number)


def ignored(number: int) -> bool:
    """Whether a signal is ignored, as `nohup` and a shell's `&` have it, or not Python's."""
    return signal.getsignal(number) in (signal.SIG_IGN, None)


def _handle(handler: object) -> None:
    for number in NUMBERS:
        if not ignored(number):
            signal.signal(number, handler)  # type: ignore[arg-type]
