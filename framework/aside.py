"""Work done in a copy of this process, on another core, while this one goes on.

A fork shares every page with its parent until one of them writes to it: the copy sees network and
data exactly as they were, and nothing is copied but what training changes meanwhile. Unlike a
thread it never waits for Python's lock, nor training for it, however busy the machine is.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from framework.errors import FrameworkError, RunError

Figures = Mapping[str, float]
POSSIBLE = sys.platform == "linux"
"""Whether a copy can be had: elsewhere a library that draws on the system's own threads may not
survive it (macOS: Accelerate), or there is no fork."""


@dataclass
class Aside:
    """A computation under way in a copy of this process."""

    pid: int
    pipe: int
    said: bytes = b""

    def ready(self) -> bool:
        """Whether `result` would not wait."""
        return bool(select.select([self.pipe], [], [], 0)[0])

    def result(self) -> Figures:
        """Wait for the figures; a wait that was interrupted can be taken up again, or ended.

        Raises
        ------
        RunError : when the computation failed, with what it said.
        """
        while piece := os.read(self.pipe, 1 << 16):
            self.said += piece
        self.end()
        try:
            answer = json.loads(self.said)
        except ValueError:
            raise RunError("the process that measures an epoch was ended from outside") from None
        if "failed" in answer:
            raise RunError(f"measuring an epoch failed: {answer['failed']}")
        figures: Figures = answer["figures"]
        return figures

    def end(self) -> None:
        """End the computation, whatever it has come to."""
        with contextlib.suppress(OSError):  # ended already
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            os.close(self.pipe)


def start(work: Callable[[], Figures]) -> Aside:
    """Begin `work` in a copy of this process."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # Python ≥ 3.12 warns that a lock may be held by another thread. The copy computes with
        # numpy, writes to its pipe, and leaves: it takes no lock that another thread could hold.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid:
        os.close(writing)
        return Aside(pid, reading)
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what becomes of it
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        # Locks on files are held until every copy is closed: they are the parent's alone.
        os.closerange(3, writing)
        os.closerange(writing + 1, os.sysconf("SC_OPEN_MAX"))
        os.write(writing, json.dumps(_answer(work)).encode())
    finally:
        os._exit(0)


def _answer(work: Callable[[], Figures]) -> dict[str, object]:
    try:
        return {"figures": dict(work())}
    except FrameworkError as error:
        return {"failed": str(error)}
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"}
