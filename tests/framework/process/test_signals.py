"""A signal is noted, or raised at once; nothing is lost in between."""

from __future__ import annotations

import signal
import sys
import threading
import time

import pytest

from framework.errors import Interrupted
from framework.process.signals import Interruption


@pytest.fixture
def unasked(monkeypatch):
    monkeypatch.setattr(Interruption, "_asked", None)


def test_where_signals_are_deferred_one_waits_for_check(unasked):
    def work() -> None:
        interruption = Interruption()
        with interruption.installed(), interruption.deferred():
            signal.raise_signal(signal.SIGTERM)
            assert interruption.pending
            interruption.check()
            raise AssertionError

    with pytest.raises(Interrupted) as stop:
        work()
    assert stop.value.signal == signal.SIGTERM


def test_where_they_are_immediate_one_that_waited_is_raised_on_entry(unasked):
    done = []

    def work() -> None:
        interruption = Interruption()
        with interruption.installed(), interruption.deferred():
            signal.raise_signal(signal.SIGTERM)
            done.append("deferred")
            with interruption.immediate():
                done.append("immediate")

    with pytest.raises(Interrupted):
        work()
    assert done == ["deferred"]


def test_blocks_inside_each_other_give_back_what_was(unasked):
    done = []

    def work() -> None:
        interruption = Interruption()
        with interruption.installed(), interruption.deferred():
            with interruption.immediate(), interruption.deferred():
                pass
            signal.raise_signal(signal.SIGTERM)
            done.append("deferred")
            interruption.check()

    with pytest.raises(Interrupted):
        work()
    assert done == ["deferred"]


@pytest.mark.parametrize("platform", [sys.platform, "win32"])
def test_another_thread_may_ask_for_the_end_on_every_system(unasked, monkeypatch, platform):
    """Where threads cannot be sent signals, Python's own way to the main thread is taken."""
    monkeypatch.setattr(sys, "platform", platform)
    thread = threading.Thread(target=Interruption.ask, args=(signal.SIGTERM,))

    def work() -> None:
        with Interruption().installed():
            thread.start()
            for _ in range(500):
                time.sleep(0.01)
            raise AssertionError

    with pytest.raises(Interrupted) as stop:
        work()
    thread.join()
    assert stop.value.signal == signal.SIGTERM
