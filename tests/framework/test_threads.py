"""Threads are chosen by the size of the products, and can be told."""

from __future__ import annotations

import json

import numpy as np
import pytest

from framework import threads
from framework.network import Network
from framework.settings import LayerPlan, TrainerSettings, Training
from tests.end_to_end.command import QUICK, framework, only_run


@pytest.mark.parametrize(
    ("hidden", "batch", "expected"),
    [((100, 200), 32, 1), ((100, 200), 1024, 4), ((100, 5000), 32, 4), ((10,), 1, 1)],
)
def test_one_unless_products_are_large(make, hidden, batch, expected):
    training = Training(make("initializer", "zeros"), make("regularizer", "none"), None)
    plans = [
        LayerPlan(f"dense_{i}", make("layer", "dense", units=u), training)
        for i, u in enumerate((*hidden, 10))
    ]
    network = Network(plans, (784,), "float32", np.random.SeedSequence(0))
    settings = TrainerSettings(batch_size=batch)
    assert threads.choose(network, settings, cores=4) == expected
    assert threads.choose(network, settings, cores=1) == 1
    assert threads.choose(network, TrainerSettings(batch_size=batch, threads=3), cores=4) == 3


def test_the_choice_is_on_record(tmp_path):
    done = framework(*QUICK, "trainer.threads=2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "2 BLAS threads" in (only_run(tmp_path) / "run.log").read_text()
    summary = json.loads((only_run(tmp_path) / "summary.json").read_text())
    assert summary["machine"]["threads"] == 2


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
