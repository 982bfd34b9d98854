"""Command lines that run while a test looks at them, and what is left of them afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def started(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    """Start `python -m framework` in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "framework", *arguments],
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_until(
    condition: Callable[[], object], process: subprocess.Popen[str] | None = None
) -> None:
    """Wait, for three minutes at most, while a process is there."""
    until = time.monotonic() + 180
    while not condition():
        assert process is None or process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)


def processes_in(folder: Path) -> dict[int, str]:
    """Give the processes whose working directory this is: number → command line (Linux)."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (place / "cwd").readlink() == folder:
                found[int(place.name)] = (place / "cmdline").read_text().replace("\0", " ")
    return found


@contextmanager
def nothing_left_in(folder: Path) -> Iterator[None]:
    """See that no process is left in a folder soon after the block; none stays after a failure."""
    try:
        yield
        wait_until(lambda: not processes_in(folder))
    except BaseException:
        for number in processes_in(folder):
            with suppress(OSError):
                os.kill(number, signal.SIGKILL)
        raise
