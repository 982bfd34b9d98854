"""`job=find_learning_rate`: its losses are those of training; it suggests where they fall."""

from __future__ import annotations

import csv
import math
from typing import Any

import numpy as np
import pytest

import framework as fw
from framework import app
from plugins.jobs.find_learning_rate import Curve, _growing, _rates

SMALL = ("data=spirals", "data.points=320", "model.hidden=[8]", "layer=dense_xavier")


@pytest.fixture
def find(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("framework.plugins.jobs.find_learning_rate._draw", lambda *_: None)

    def find(*arguments: str) -> tuple[int, str, str]:
        status = app.run(["job=find_learning_rate", *arguments])
        return status, *capsys.readouterr()

    return find


def rows(path):
    with path.open() as file:
        return {
            k: [float(row[k]) for row in csv.DictReader(path.open())]
            for k in next(csv.reader(file))
        }


@pytest.mark.slow
def test_its_steps_are_those_of_training(find, tmp_path):
    status, out, err = find(*SMALL, "lowest=0.1", "highest=0.100001", "steps=20", "output=o")
    assert status == 0, err
    run = fw.train(*SMALL, "layer.update_rule.learning_rate=0.1", callbacks="none", steps=20)
    found = rows(tmp_path / "o" / "find_learning_rate.csv")
    np.testing.assert_allclose(found["loss"], run.losses, rtol=1e-5)
    mean = [
        sum(0.1 * 0.9 ** (t - k) * found["loss"][k] for k in range(t + 1)) / (1 - 0.9 ** (t + 1))
        for t in range(20)
    ]
    np.testing.assert_allclose(found["mean"], mean, rtol=1e-10)
    assert "suggest" in out
    assert not list(tmp_path.glob("o/*.json"))


@pytest.mark.slow
def test_it_ends_where_training_diverges_and_suggests_less(find, tmp_path):
    status, out, err = find(*SMALL, "highest=1e6", "steps=100")
    assert (status, err) == (0, "")
    (path,) = tmp_path.glob("outputs/*/*/find_learning_rate.csv")
    found = rows(path)
    growth = np.diff(np.log(found["learning_rate"]))
    np.testing.assert_allclose(growth, math.log(1e6 / 1e-5) / 99, rtol=1e-9)
    assert 20 < len(found["loss"]) < 100
    suggested = float(out.split("learning_rate=")[1].split(",")[0])
    assert 1e-3 < suggested <= found["learning_rate"][int(np.argmin(found["mean"]))] * 1.01


def test_all_rates_of_a_network_grow_together(make):
    cosine = make("schedule", "cosine", first=0.3, last=0.0)
    inner = make("update_rule", "adam", learning_rate=cosine)
    rule = make("update_rule", "lookahead", inner=inner)
    assert list(_rates(rule)) == [0.3]
    grown: Any = _growing(rule, 0.5, 1.1)
    for step in (0, 1, 7):
        assert grown.inner.learning_rate.at(step) == pytest.approx(0.15 * 1.1**step)


def test_no_fall_no_suggestion():
    assert Curve(0.9, 4.0, means=[1.0] * 30).steepest() is None
    assert Curve(0.9, 4.0, means=[1.0 + 0.1 * k for k in range(30)]).steepest() is None


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["layer/update_rule=rprop"], "the update rule rprop has no learning_rate to look for"),
        (["lowest=3", "highest=1"], "lowest is 3 and highest 1; expected a larger highest"),
        (["layer.frozen=true"], "layer.update_rule: no layer is trained"),
        (["steps=3"], "steps: must be at least 20, got 3"),
        (["lowest=1e30", "highest=1e35"], "expected a smaller lowest"),
    ],
)
def test_what_cannot_be_is_a_line(find, arguments, said, tmp_path):
    status, _, err = find(*SMALL, *arguments)
    assert status == 1
    assert said in err
    assert not list(tmp_path.glob("outputs/*/*/*"))
