"""Work in a copy of the process: what it sees, what it brings back, what is left of it."""

from __future__ import annotations

import os
import signal
import time

import numpy as np
import pytest

from framework import aside
from framework.errors import DataError, RunError

pytestmark = pytest.mark.skipif(not aside.POSSIBLE, reason="no copies of a process here")


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_it_sees_the_arrays_as_they_were_when_it_began():
    weights = np.ones(1000)

    def total() -> dict[str, float]:
        time.sleep(0.1)
        return {"total": float(weights.sum())}

    work = aside.start(total)
    weights *= 2
    assert work.result() == {"total": 1000.0}
    assert gone(work.pid)


def test_figures_come_back_to_the_last_bit_whatever_they_are():
    given = {"third": 1 / 3, "tiny": 5e-324, "none": float("nan"), "all": float("inf")}
    found = aside.start(lambda: given).result()
    np.testing.assert_array_equal(list(found.values()), list(given.values()))


def test_it_is_ready_when_the_result_would_not_wait():
    work = aside.start(lambda: {"one": 1.0})
    while not work.ready():
        time.sleep(0.001)
    assert work.result() == {"one": 1.0}


def test_what_fails_there_is_said_here():
    def fail() -> dict[str, float]:
        raise DataError("mine.npz: is gone")

    with pytest.raises(RunError, match=r"measuring an epoch failed: mine\.npz: is gone"):
        aside.start(fail).result()


def test_one_that_is_killed_is_reported():
    def wait() -> dict[str, float]:
        time.sleep(60)
        return {}

    work = aside.start(wait)
    os.kill(work.pid, signal.SIGKILL)
    with pytest.raises(RunError, match="ended from outside"):
        work.result()
    assert gone(work.pid)


def test_giving_it_up_leaves_nothing_behind():
    work = aside.start(lambda: time.sleep(60) or {})  # type: ignore[func-returns-value]
    work.end()
    assert gone(work.pid)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(work.pipe)
