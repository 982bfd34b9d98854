"""A sweep's command line and its jobs in other processes: who ends when the other does.

Launchers start processes in their own ways, and pass signals on or not. So each job watches two
things itself: a notice in the sweep's ledger, on whichever machine it runs, and on the same machine
the process that the sweep was started as. When either says so it writes its checkpoint and ends.
"""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from framework.errors import RunError
from framework.files.reading import read_bounded
from framework.files.writing import write_text
from framework.process.signals import Interruption
from framework.sweeps.job_folder import LEDGER
from framework.sweeps.ledger import running

_EVERY = 0.25  # seconds between two looks
_PATIENCE = 30.0  # seconds that jobs are given for their checkpoints
_IDLE = 2.0  # seconds after which a process without work and parent ends


@dataclass(frozen=True)
class Process:
    """A process, so that it can be told from a later one of the same number.

    Attributes
    ----------
    machine : the machine and, in it, the space of process numbers (of a container, say).
    started : when it did, in the system's own count; empty where that is not to be had.
    """

    machine: str
    number: int
    started: str

    def is_here(self) -> bool:
        """Whether this is the process that asks."""
        return self == this_process()

    def is_gone(self) -> bool:
        """Whether it has ended; one of another machine is taken to be there."""
        if self.machine != _machine():
            return False
        if self.started:
            return _started(self.number) != self.started
        return not _is_running(self.number)


def this_process() -> Process:
    """Describe the process that asks."""
    return Process(_machine(), os.getpid(), _started(os.getpid()))


@dataclass
class Work:
    """What this process does for sweeps; it has one main thread, which does one job at a time."""

    busy: bool = False
    since: float = 0.0
    watched: set[Path] = field(default_factory=set)

    @contextlib.contextmanager
    def under_way(self) -> Iterator[None]:
        """Be busy with a job in the block."""
        self.busy = True
        try:
            yield
        finally:
            self.busy, self.since = False, time.monotonic()


WORK = Work()


def watch(parent: Process, sweep: Path, token: str) -> None:
    """Have this process end its job, with a checkpoint, when the sweep it is of is ended."""
    notice = _notice(sweep, token)
    if notice not in WORK.watched:
        WORK.watched.add(notice)
        threading.Thread(
            target=_watch, args=(parent, notice), name="sweep's end", daemon=True
        ).start()


def stop(sweeps: Sequence[Path], token: str, number: int) -> None:
    """Tell a command line's jobs to end, as by a signal, and wait until they have; not for ever."""
    if WORK.busy:  # the job under way is this process's own
        return
    for sweep in sweeps:
        if (sweep / LEDGER).is_dir():
            write_text(_notice(sweep, token), str(int(number)))
    until = time.monotonic() + _PATIENCE
    while any(running(sweep, token) for sweep in sweeps) and time.monotonic() < until:
        time.sleep(_EVERY / 2)


def forget(sweep: Path) -> None:
    """Remove the notices of earlier command lines, whose jobs have all been done since."""
    for path in (sweep / LEDGER).glob("*.stop"):
        with contextlib.suppress(OSError):
            path.unlink()


def _watch(parent: Process, notice: Path) -> None:
    while not (parent.is_gone() or notice.exists()):
        time.sleep(_EVERY)
    Interruption.ask(_number(notice))
    while not (parent.is_gone() and not WORK.busy and time.monotonic() - WORK.since > _IDLE):
        time.sleep(_EVERY)
    os._exit(128 + signal.SIGTERM)  # a pool's process that waits for jobs which will never come


def _number(notice: Path) -> int:
    with contextlib.suppress(RunError, ValueError):
        number = int(read_bounded(notice, 8))
        if number in [int(known) for known in signal.Signals]:
            return number
    return int(signal.SIGTERM)


def _notice(sweep: Path, token: str) -> Path:
    return sweep / LEDGER / f"{token}.stop"


def _machine() -> str:
    parts = [platform.node()]
    with contextlib.suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    return " ".join(parts)


def _is_running(number: int) -> bool:
    """Whether there is a process of this number, where its start is not to be had."""
    if sys.platform == "win32":  # there `os.kill` would end it
        return True
    try:
        os.kill(number, 0)
    except OSError as error:
        return not isinstance(error, ProcessLookupError)
    return True


def _started(number: int) -> str:
    """Return the moment a process started; '' when it has ended or the system does not say."""
    if sys.platform == "win32":
        return _started_on_windows(number)
    with contextlib.suppress(OSError, IndexError):
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    return ""


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    def _started_on_windows(number: int) -> str:
        kernel = ctypes.WinDLL("kernel32")
        kernel.OpenProcess.restype = wintypes.HANDLE
        handle = wintypes.HANDLE(kernel.OpenProcess(0x1000, False, number))  # to ask, no more
        if not handle:
            return ""
        times = [wintypes.FILETIME() for _ in range(4)]
        status = wintypes.DWORD()
        try:
            answered = kernel.GetProcessTimes(handle, *map(ctypes.byref, times))
            answered = answered and kernel.GetExitCodeProcess(handle, ctypes.byref(status))
        finally:
            kernel.CloseHandle(handle)
        if not answered or status.value != 259:  # STILL_ACTIVE
            return ""
        return f"{times[0].dwHighDateTime}.{times[0].dwLowDateTime}"
