"""Long life: many hundreds of epochs, many jobs, one process; nothing grows.

Slow, and run apart from the quick suite: `pytest -m slow tests/test_long_life.py`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.long]

MEBIBYTE = 1 << 20

# A module of a user's: after each epoch, and after each run, it writes down what the process uses.
WATCH = '''
import os, threading
from dataclasses import dataclass
from framework import Callback, hookimpl

@dataclass(frozen=True)
class Watch(Callback):
    """Notes memory, open files and threads."""

    epochs: bool = False

    @hookimpl
    def framework_epoch_ended(self, run, record):
        if self.epochs:
            note()

    @hookimpl
    def framework_run_ended(self, run):
        if not self.epochs:
            note()

def note():
    with open("/proc/self/statm") as file:
        memory = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    files = len(os.listdir("/proc/self/fd"))
    with open("watched.txt", "a") as file:
        print(memory, files, threading.active_count(), file=file)

@hookimpl
def framework_callbacks():
    return {"watch": Watch}
'''


@dataclass(frozen=True)
class Use:
    """What a process used at one time."""

    memory: int
    files: int
    threads: int


def watched(cwd: Path, *arguments: str) -> list[Use]:
    (cwd / "watch.py").write_text(WATCH)
    own = ["plugins=[watch]", "+callbacks.watch.name=watch", "data=spirals", "model.hidden=[16]"]
    done = subprocess.run(
        [sys.executable, "-m", "framework", *arguments, *own],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = (cwd / "watched.txt").read_text().splitlines()
    return [Use(*map(int, line.split())) for line in lines]


def check_flat(uses: list[Use], growth: int) -> None:
    """See that from a quarter of the way on nothing grows, but for `growth` bytes of memory."""
    start, end = uses[len(uses) // 4], uses[-1]
    assert end.files <= start.files
    assert end.threads <= start.threads
    assert end.memory - start.memory < growth, (start, end)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_eight_hundred_epochs_leave_memory_files_and_threads_flat(tmp_path):
    uses = watched(tmp_path, "trainer.epochs=800", "+callbacks.watch.epochs=true")
    assert len(uses) == 800
    # What a run must keep grows by a loss a step (4 bytes) and a record an epoch.
    check_flat(uses, 600 * (93 * 4 * 2 + 4096) + 4 * MEBIBYTE)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_eighty_jobs_in_one_process_leave_memory_files_and_threads_flat(tmp_path):
    seeds = ",".join(map(str, range(80)))
    uses = watched(tmp_path, "-m", f"seed={seeds}", "trainer.epochs=1", "hydra.sweep.dir=s")
    assert len(uses) == 80
    # Hydra keeps its own part of every job's configuration, some 100 kB, until the sweep ends.
    check_flat(uses, 60 * 128 * 1024 + 4 * MEBIBYTE)
    records = [json.loads(p.read_text()) for p in (tmp_path / "s" / "ledger").glob("*.json")]
    assert [record["status"] for record in records] == ["finished"] * 80
