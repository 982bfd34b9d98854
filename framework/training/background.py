"""Work done again and again in a copy of this process, on another core, while this one goes on.

A fork shares every page with its parent until one of them writes to it: the copy sees network and
data as they are. Unlike a thread it never waits for the GIL, nor training for it, however busy the
machine is. It is made once; what changes from one time to the next reaches it through arrays that
both see. `docs/SPEED.md` says why this is not `multiprocessing`.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import mmap
import os
import select
import signal
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from framework.components.base import Array
from framework.errors import FrameworkError, RunError
from framework.process import startup
from framework.text import describe

Figures = Mapping[str, float]
_PR_SET_PDEATHSIG = 1  # prctl(2)
POSSIBLE = sys.platform == "linux"
"""Whether a copy can be had: elsewhere a library that draws on the system's own threads may not
survive it (macOS: Accelerate), or there is no fork."""


@dataclass
class BackgroundWorker:
    """A copy of this process, which works whenever it is asked to."""

    pid: int
    requests: int  # the end of a pipe that is written to
    answers: int  # the end of another that is read from
    ended: bool = False
    _received: bytes = b""

    def ask(self) -> None:
        """Have it work, with the shared arrays as they are now, once; then comes `result`."""
        with contextlib.suppress(BrokenPipeError):  # `result` says so
            os.write(self.requests, b"?")

    def ready(self) -> bool:
        """Return whether `result` would not wait."""
        return bool(select.select([self.answers], [], [], 0)[0])

    def result(self) -> Figures:
        """Wait for the figures; a wait that was interrupted can be taken up again, or ended.

        Raises
        ------
        RunError : when the computation failed, with what it said.
        """
        while not self._received.endswith(b"\n"):
            piece = os.read(self.answers, 1 << 16)
            if not piece:
                self.end()
                raise RunError("the process that measures an epoch was ended from outside")
            self._received += piece
        answer, self._received = json.loads(self._received), b""
        if "failed" in answer:
            self.end()
            raise RunError(f"measuring an epoch failed: {answer['failed']}")
        figures: Figures = answer["figures"]
        return figures

    def end(self) -> None:
        """End the process, whatever it has come to; a second time there is nothing to end."""
        if self.ended:  # its number and its pipes' may be another's by now
            return
        self.ended = True
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.requests)
        os.close(self.answers)


def shared(array: Array) -> Array:
    """Copy an array to where this process and its copies to come all see it, and may change it."""
    memory = mmap.mmap(-1, max(array.nbytes, 1))
    copy = np.frombuffer(memory, array.dtype, array.size).reshape(array.shape)
    np.copyto(copy, array)
    return copy


def start(work: Callable[[], Figures]) -> BackgroundWorker:
    """Make a copy of this process, which does `work` whenever it is asked to."""
    to_read, requests = os.pipe()
    answers, to_write = os.pipe()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, startup.NUMBERS)
    with warnings.catch_warnings():
        # Python ≥ 3.12 warns that a lock may be held by another thread. The copy computes with
        # numpy, writes to its pipe, and leaves: it takes no lock that another thread could hold.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if not pid:
        try:
            _serve(work, to_read, to_write)
        finally:
            os._exit(0)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    os.close(to_read)
    os.close(to_write)
    return BackgroundWorker(pid, requests, answers)


def _serve(work: Callable[[], Figures], requests: int, answers: int) -> None:
    """Do the work in the copy, once for each request, until the parent is gone."""
    # A signal to the whole group (a terminal's, systemd's, Slurm's) is for the parent, which may
    # need these figures for its checkpoint and ends this process afterwards.
    for number in startup.NUMBERS:
        signal.signal(number, signal.SIG_IGN)
    _end_with_parent()
    # Locks on files are held until every copy is closed: they are the parent's alone. Nor may the
    # copy hold the end at which it is asked, or it would not see that the parent is gone.
    low, high = sorted((requests, answers))
    os.closerange(3, low)
    os.closerange(low + 1, high)
    os.closerange(high + 1, os.sysconf("SC_OPEN_MAX"))
    while os.read(requests, 1):
        os.write(answers, json.dumps(_answer(work)).encode() + b"\n")


def _end_with_parent() -> None:
    """Have the system end this process in the middle of its work, too, when the parent is gone."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))


def _answer(work: Callable[[], Figures]) -> dict[str, object]:
    try:
        return {"figures": dict(work())}
    except FrameworkError as error:
        return {"failed": str(error)}
    except BaseException as error:
        return {"failed": describe(error)}
