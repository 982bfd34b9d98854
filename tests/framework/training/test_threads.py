"""Threads are chosen by the size of the products, and can be told."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from framework.engine import blas, layouts
from framework.engine.network import Network
from framework.engine.plan import LayerPlan, Training
from framework.training import threads
from framework.training.settings import TrainerSettings
from tests.end_to_end.command import QUICK, framework, only_run


def test_one_whatever_the_machine_unless_told():
    assert threads.choose(TrainerSettings(batch_size=1024)) == 1
    assert threads.choose(TrainerSettings(threads=3)) == 3


@pytest.mark.parametrize(
    ("hidden", "batch", "expected"),
    [((100, 200), 32, False), ((100, 200), 1024, True), ((100, 5000), 32, True), ((10,), 1, False)],
)
def test_where_more_may_pay_it_is_said(make, hidden, batch, expected):
    training = Training(make("initializer", "zeros"), make("regularizer", "none"), None)
    plans = [
        LayerPlan(f"dense_{i}", make("layer", "dense", units=u), training)
        for i, u in enumerate((*hidden, 10))
    ]
    network = Network(plans, (784,), "float32", np.random.SeedSequence(0))
    settings = TrainerSettings(batch_size=batch)
    assert threads.more_may_pay(network, settings, cores=4) is expected
    assert not threads.more_may_pay(network, settings, cores=1)


GROUPS = {
    "none": ("0::/\n", {}, None),
    "no limit": ("0::/\n", {"cpu.max": "max 100000"}, None),
    "half a core": ("0::/\n", {"cpu.max": "50000 100000"}, 0.5),
    "above the group": (
        "0::/a/b\n",
        {"a/cpu.max": "250000 100000", "a/b/cpu.max": "max 100000"},
        2.5,
    ),
    "version 1": (
        "4:cpu,cpuacct:/a\n1:name=systemd:/\n",
        {"cpu,cpuacct/a/cpu.cfs_quota_us": "150000", "cpu,cpuacct/a/cpu.cfs_period_us": "100000"},
        1.5,
    ),
    "version 1 in a container, whose path is the host's": (
        "4:cpu,cpuacct:/docker/123\n",
        {"cpu/cpu.cfs_quota_us": "200000", "cpu/cpu.cfs_period_us": "100000"},
        2.0,
    ),
    "version 1, no limit": (
        "4:cpu:/\n",
        {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"},
        None,
    ),
}


@pytest.mark.parametrize(("lines", "files", "expected"), GROUPS.values(), ids=GROUPS.keys())
def test_quotas_of_control_groups_are_heeded(tmp_path, lines, files, expected):
    (tmp_path / "self").write_text(lines)
    for name, text in files.items():
        path = tmp_path / "fs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    assert threads.cpu_quota(tmp_path / "self", tmp_path / "fs") == expected


def test_no_machine_has_less_than_a_core(monkeypatch):
    monkeypatch.setattr(threads, "cpu_quota", lambda: 0.5)
    assert threads.available_cores() == 1


@pytest.mark.slow
def test_the_choice_is_on_record(tmp_path):
    done = framework(*QUICK, "trainer.threads=2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "2 BLAS threads" in (only_run(tmp_path) / "run.log").read_text()
    summary = json.loads((only_run(tmp_path) / "summary.json").read_text())
    assert summary["machine"]["threads"] == 2


@pytest.mark.slow
def test_measuring_aside_changes_no_byte(tmp_path):
    """Epochs measured in a copy of the process come to the same figures."""
    for name, count in (("aside", "auto"), ("inline", "1")):
        done = framework(
            "data=spirals",
            "trainer.epochs=4",
            f"trainer.threads={count}",
            "layer=dense_xavier",
            "model.hidden=[600,600]",  # large enough for a copy
            f"hydra.run.dir={name}",
            "~callbacks.pictures",
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr
    figures = [
        json.loads((tmp_path / n / "summary.json").read_text())["figures"]
        for n in ("aside", "inline")
    ]
    assert figures[0] == figures[1]
    columns = []
    for name in ("aside", "inline"):
        rows = (tmp_path / name / "metrics.csv").read_text().splitlines()
        columns.append([row.split(",")[3:] for row in rows])
    assert columns[0] == columns[1]


MAIN = "from framework.app import main; main()"
WIDE = ("data=spirals", "model=mlp_wide", "trainer.epochs=1", "callbacks=none", "checkpoint=none")


@pytest.mark.slow
def test_cores_and_launchers_change_no_byte(tmp_path):
    """A run, one that is bound to a core, and a sweep's job."""
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("processes cannot be bound to cores here")
    script = f"import os; os.sched_setaffinity(0, {{min(os.sched_getaffinity(0))}}); {MAIN}"
    for words in (
        ["-m", "framework", *WIDE, "hydra.run.dir=plain"],
        ["-c", script, *WIDE, "hydra.run.dir=bound"],
        ["-m", "framework", "-m", *WIDE, "hydra.sweep.dir=sweep", "seed=0"],
    ):
        done = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    figures = [
        json.loads((tmp_path / name / "summary.json").read_text())["figures"]
        for name in ("plain", "bound", "sweep/0")
    ]
    assert figures[0] == figures[1] == figures[2]


@pytest.mark.slow
def test_resuming_says_what_computes_otherwise(tmp_path):
    """Another kernel of the same BLAS: another order of sums, so other last digits."""
    quick = ("data=spirals", "model.hidden=[8]", "~callbacks.pictures", "hydra.run.dir=run")
    done = framework(*quick, "trainer.epochs=1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    before = blas.library()
    if not before.startswith("openblas"):
        pytest.skip("numpy's BLAS has no kernels to choose from")
    kernel = "Nehalem" if "Nehalem" not in before else "Sandybridge"
    again = framework(
        "job=resume",
        "run=run",
        "trainer.epochs=2",
        cwd=tmp_path,
        env={"OPENBLAS_CORETYPE": kernel},
    )
    assert again.returncode == 0, again.stderr
    lines = [x for x in again.stderr.splitlines() if "figures may differ" in x]
    assert any(line.startswith(f"products' library was {before} and is ") for line in lines)
    assert len(lines) == 1 + (layouts.row() != "default")
    same = framework("job=resume", "run=run", "trainer.epochs=3", cwd=tmp_path)
    assert "products' library was" in same.stderr  # the newest checkpoint is of the other kernel
