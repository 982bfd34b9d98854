"""A process is told from a later one of the same number, and known to have ended."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from framework.sweeps import job_processes
from framework.sweeps.job_processes import Process, this_process


def test_this_process_is_here_and_not_gone():
    assert this_process().is_here()
    assert not this_process().is_gone()


@pytest.mark.parametrize("knows_starts", [True, False])
def test_a_process_that_ended_is_gone(monkeypatch, knows_starts):
    """Also where the system does not say when a process started, as macOS."""
    if not knows_starts:
        monkeypatch.setattr(job_processes, "_started", lambda number: "")
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    process = Process(this_process().machine, child.pid, job_processes._started(child.pid))
    try:
        assert not process.is_gone()
    finally:
        child.communicate(b"\n")
    assert process.is_gone()


@pytest.mark.skipif(not this_process().started, reason="the system does not say")
def test_a_later_process_of_the_same_number_is_another():
    assert replace(this_process(), started="1").is_gone()


def test_a_process_of_another_machine_is_taken_to_be_there():
    assert not Process("elsewhere", 1, "1").is_gone()
