"""Command lines as benchmarks: on so many cores, with the time of all that they started."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cores import Taken, available, bind, ended_children


@dataclass(frozen=True)
class Done:
    """What a command line took, and what it printed."""

    taken: Taken
    said: str


@contextmanager
def kept_to(cores: int) -> Iterator[None]:
    """Keep what is started within to so many cores, and adopt what outlives its parent (Linux).

    What is adopted is waited for, and its time counts.
    """
    before = dict(os.environ)
    here = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    if cores < available():
        bind(cores)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        if here:
            os.sched_setaffinity(0, here)


def run(
    arguments: Sequence[str],
    cwd: str | Path,
    limit: float = 600.0,
    env: Mapping[str, str] | None = None,
) -> Done:
    """Run Python, and wait for all that it started; `RuntimeError` where it fails or takes longer.

    By the clock it is the command alone; of processors everything, a process that draws included.
    """
    others = _children()
    spent, began = ended_children(), time.perf_counter()
    try:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
            timeout=limit,
            env={**os.environ, **(env or {})},
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"took more than {limit:g} s") from None
    wall = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(done.stderr.strip().rpartition("\n")[2])
    _wait_for_all_but(others, time.monotonic() + limit)
    return Done(Taken(wall, ended_children() - spent), done.stdout)


def _children() -> set[int]:
    """Return the processes whose parent this one is (Linux; elsewhere none is adopted)."""
    texts = [path.read_text() for path in Path("/proc/self/task").glob("*/children")]
    return {int(pid) for text in texts for pid in text.split()}


def _wait_for_all_but(others: set[int], end: float) -> None:
    """Wait until no child is left but those."""
    while time.monotonic() < end and (adopted := _children() - others):
        for pid in adopted:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.01)
