"""The benchmarks run, in their short form; times are not looked at."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import history
from benchmarks.__main__ import asked
from benchmarks.cores import can_bind, kernels, processor, timed
from benchmarks.data import rows_of
from benchmarks.peers import PEERS, Peer
from benchmarks.peers.rules import rule_of
from benchmarks.workers import Worker, Workers
from benchmarks.workloads import WORKLOADS
from framework import State
from framework.registry.registry import Registry

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("work", WORKLOADS.values(), ids=WORKLOADS.keys())
@pytest.mark.parametrize("peer", ["floor", "numpy loop", "framework"])
def test_own_peers_take_every_workload(work, peer):
    short = work.short()
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (short.rows, 784), np.uint8)
    PEERS[peer].build(short, *rows_of(short, pixels, rng.integers(0, 10, short.rows)))()


def test_the_harness_writes_a_table_and_a_picture(tmp_path):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks",
            "--short",
            "--workloads",
            "W1,B4",
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
    text = (tmp_path / f"benchmarks-{kernels().lower()}.txt").read_text()
    assert processor() in text
    for column in ("cores", "best", "median", "processor", "× floor", "× framework"):
        assert column in text
    assert "by batch size" in text
    assert "numpy loop" in text
    assert (tmp_path / "benchmarks.png").stat().st_size > 5000
    lines = history.read(tmp_path / history.NAME)
    assert {(f.workload, f.peer) for f in lines} == {
        (work, peer) for work in ("W1", "B4") for peer in ("floor", "framework", "numpy loop")
    }
    assert all(f.best_us <= f.median_us for f in lines)


@pytest.mark.skipif(not can_bind(), reason="a process cannot be bound here")
def test_a_worker_of_one_core_has_one_with_all_its_threads(tmp_path):
    rng = np.random.default_rng(0)
    data = tmp_path / "data.npz"
    np.savez(data, x=rng.integers(0, 256, (64, 784), np.uint8), y=rng.integers(0, 10, 64))
    worker = Worker(["floor", "framework"], 1, data)
    try:
        assert worker.build(replace(WORKLOADS["B4"], rows=64)) == {}
        assert worker.time("framework").processor > 0
        threads = Path(f"/proc/{worker.pid}/task").iterdir()
        assert {len(os.sched_getaffinity(int(t.name))) for t in threads} == {1}
    finally:
        worker.close()


def _digits(folder):
    rng = np.random.default_rng(0)
    path = folder / "data.npz"
    np.savez(path, x=rng.integers(0, 256, (64, 784), np.uint8), y=rng.integers(0, 10, 64))
    return path


@pytest.mark.parametrize(
    ("code", "limit", "says"),
    [
        ("raise ImportError('no Theano here')", 60, "no Theano here"),
        ("import os; os._exit(3)", 60, "it ended with status 3"),
        ("import time; time.sleep(60)", 1, "took more than 1 s"),
    ],
    ids=["missing", "crashed", "slow"],
)
def test_a_peer_that_cannot_is_left_out(tmp_path, monkeypatch, code, limit, says):
    (tmp_path / "sitecustomize.py").write_text(
        "import benchmarks.peers as peers\n"
        f"def build(*_):\n    {code}\n"
        "peers.PEERS['Theano'] = peers.Peer(build, 'theano')\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    monkeypatch.setitem(PEERS, "Theano", Peer(PEERS["floor"].build, "theano"))
    work = replace(WORKLOADS["B4"], rows=64)
    with Workers(["Theano"], [1], _digits(tmp_path), limit=limit) as workers:
        workers._workers[0]._limit = 60
        times, failed = workers.measure(work, 2)
    assert says in failed["Theano, cores: 1"]
    assert {name for name, _ in times} == {"floor", "framework"}
    assert {len(runs) for runs in times.values()} == {2}


def test_turns_end_in_time(tmp_path):
    work = replace(WORKLOADS["B4"], rows=64)
    with Workers([], [1], _digits(tmp_path)) as workers:
        times, _ = workers.measure(work, 100, until=time.monotonic())
    assert {len(runs) for runs in times.values()} == {2}


@pytest.mark.parametrize(
    "rule", ["momentum", "rmsprop", "adagrad", "adam", "adamw", "nadam", "lion"]
)
def test_the_rules_of_peers_move_as_the_framework_s(rule):
    work = next(work for work in WORKLOADS.values() if work.rule == rule)
    registry = Registry()
    registry.load_installed()
    rng = np.random.default_rng(0)
    name, more = {"momentum": ("sgd", {"momentum": 0.9})}.get(rule, (rule, {}))
    component: Any = registry.entry("update_rule", name).component
    ours = component(learning_rate=work.rate, **more)
    kind = rule_of(work, np)
    p = rng.standard_normal((3, 2))
    theirs, slots = p.copy(), tuple(np.zeros_like(p) for _ in range(kind.slots))
    state = State({n: np.zeros_like(p) for n in ours.slots()})
    for step in range(20):
        g = rng.standard_normal(p.shape)
        p *= 1 - ours.decay_share(step, "weight")
        ours.step(step, p, g.copy(), state, np.empty_like(p))
        theirs, slots = kind.move(theirs, g, slots, step + 1)
    np.testing.assert_allclose(theirs, p, rtol=1e-6)


BURN = "import sys, time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\n"


@pytest.mark.parametrize("ended", [True, False], ids=["that ended", "that lives on"])
def test_processor_time_counts_children(ended):
    def burn() -> None:
        code = BURN + ("" if ended else "sys.stdin.read()")
        children.append(
            subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, text=True)
        )
        children[0].stdout.readline()
        if ended:
            children[0].wait()

    children: list[Any] = []
    taken = timed(burn)
    children[0].communicate()
    assert 0.25 < taken.processor < 1
    assert taken.wall > 0.25


def test_processor_time_counts_threads():
    def spin() -> None:
        began = time.thread_time()
        while time.thread_time() - began < 0.1:
            pass

    def twice() -> None:
        threads = [threading.Thread(target=spin) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert 0.18 < timed(twice).processor < 0.6


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--workloads", "W99"], "no 'W99'; there are W1,"),
        (["--peers", "floor,Theano"], "no 'Theano'; there are floor,"),
        (["--cores", "0"], "'0' is not a number from 1 to"),
        (["--repeats", "0"], "0 is not above 0"),
        (["--minutes", "nan"], "nan is not above 0"),
    ],
)
def test_what_the_harness_does_not_know_is_said_before_it_runs(capsys, arguments, says):
    with pytest.raises(SystemExit) as ended:
        asked(arguments)
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


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
        "layouts",
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
