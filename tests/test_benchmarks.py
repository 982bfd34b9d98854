"""The benchmarks run, in their short form; times are not looked at."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.peers import PEERS
from benchmarks.workloads import WORKLOADS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("work", WORKLOADS.values(), ids=WORKLOADS.keys())
@pytest.mark.parametrize("peer", ["floor", "numpy loop", "framework"])
def test_own_peers_take_every_workload(work, peer):
    short = work.short()
    rng = np.random.default_rng(0)
    x = rng.random((short.rows, 784), np.float32)
    PEERS[peer][0](short, x, rng.integers(0, 10, short.rows))()


def test_the_harness_writes_a_table_and_a_picture(tmp_path):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks",
            "--short",
            "--workloads",
            "W1,W4",
            "--threads",
            "1",
            "--peers",
            "floor,framework,numpy loop",
            "--write",
            str(tmp_path),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "benchmarks.txt").read_text()
    assert "× floor" in text
    assert "numpy loop" in text
    assert (tmp_path / "benchmarks.png").stat().st_size > 5000


@pytest.mark.parametrize(
    "module",
    [
        "scaling",
        "blocks",
        "whole",
        "busy",
        "memory",
        "stacked",
        "ideas",
        "discovery",
        "update_rules",
        "components",
        "calls",
        "pinned",
        "estimators",
        "sweeps",
    ],
)
def test_the_other_benchmarks_run_too(module):
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", "--short"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "framework" in done.stdout
