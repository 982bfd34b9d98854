"""Work in a copy of the process: what it sees, what it brings back, what is left of it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from framework.errors import DataError, RunError
from framework.training import background

pytestmark = pytest.mark.skipif(not background.POSSIBLE, reason="no copies of a process here")


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def asked(work):
    worker = background.start(work)
    worker.ask()
    return worker


def test_it_sees_shared_arrays_as_they_are_and_others_as_they_were():
    seen, unseen = background.shared(np.arange(6.0).reshape(2, 3)), np.ones(1000)
    worker = background.start(lambda: {"seen": float(seen.sum()), "unseen": float(unseen.sum())})
    for factor in (1.0, 2.0):
        seen[...] = factor * np.ones((2, 3))
        unseen *= 2
        worker.ask()
        assert worker.result() == {"seen": 6 * factor, "unseen": 1000.0}
    worker.end()
    assert gone(worker.pid)


def test_it_ends_with_its_parent():
    reading, writing = os.pipe()
    parent = os.fork()
    if not parent:
        worker = background.start(lambda: {})
        os.write(writing, str(worker.pid).encode())
        os._exit(0)
    os.waitpid(parent, 0)
    pid = int(os.read(reading, 20))
    until = time.monotonic() + 10
    while time.monotonic() < until and not (gone(pid) or defunct(pid)):
        time.sleep(0.01)
    assert gone(pid) or defunct(pid)


def defunct(pid: int) -> bool:
    """Return whether a process has ended, though nobody has asked how."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_figures_come_back_to_the_last_bit_whatever_they_are():
    given = {"third": 1 / 3, "tiny": 5e-324, "none": float("nan"), "all": float("inf")}
    worker = asked(lambda: given)
    figures = worker.result()
    worker.end()
    np.testing.assert_array_equal(list(figures.values()), list(given.values()))


def test_it_is_ready_when_the_result_would_not_wait():
    worker = background.start(lambda: {"one": 1.0})
    assert not worker.ready()
    worker.ask()
    while not worker.ready():
        time.sleep(0.001)
    assert worker.result() == {"one": 1.0}
    worker.end()


def test_what_fails_there_is_said_here():
    def fail() -> dict[str, float]:
        raise DataError("mine.npz: is gone")

    with pytest.raises(RunError, match=r"measuring an epoch failed: mine\.npz: is gone"):
        asked(fail).result()


def test_one_that_is_killed_is_reported():
    def wait() -> dict[str, float]:
        time.sleep(60)
        return {}

    worker = asked(wait)
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(RunError, match="ended from outside"):
        worker.result()
    assert gone(worker.pid)
    room = os.pipe()  # takes the numbers that became free
    worker.end()
    for handle in room:
        os.close(handle)  # a second end has not closed them


def test_giving_it_up_leaves_nothing_behind():
    worker = asked(lambda: time.sleep(60) or {})  # type: ignore[func-returns-value]
    worker.end()
    assert gone(worker.pid)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(worker.answers)
