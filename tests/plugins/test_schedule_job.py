"""`job=schedule`: a schedule as a picture and a table, before it is used."""

from __future__ import annotations

import csv

import pytest

from framework import app


@pytest.fixture
def draw(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def draw(*arguments: str) -> tuple[int, str, str]:
        status = app.run(["job=schedule", *arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return draw


def test_draws_one(draw, tmp_path):
    given = ("schedule=linear", "schedule.first=1", "schedule.last=3", "epochs=2")
    status, out, err = draw(*given, "steps_per_epoch=4", "output=shown")
    assert (status, err) == (0, "")
    with (tmp_path / "shown" / "schedule.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["linear"]) for row in rows] == [1 + 2 * step / 8 for step in range(8)]
    assert [float(row["epoch"]) for row in rows][-1] == 1.75
    assert out.splitlines()[1].split() == ["0", "0", "1"]
    assert out.splitlines()[8].split() == ["7", "1.75", "2.75"]
    assert (tmp_path / "shown" / "schedule.png").read_bytes().startswith(b"\x89PNG")


def test_draws_those_of_the_run(draw, monkeypatch, tmp_path):
    rate = "+layer.update_rule.learning_rate=one_cycle"
    momentum = "+schedule@layer.update_rule.momentum=one_cycle_momentum"
    monkeypatch.setattr("framework.plugins.jobs.schedule._draw", lambda *_: None)
    status, out, err = draw(rate, momentum, "trainer.epochs=3")
    assert (status, err) == (0, "")
    assert "update rule 'sgd': learning_rate" in out
    assert "update rule 'sgd': momentum" in out
    with (tmp_path / "schedule.csv").open() as file:
        rows = list(csv.reader(file))
    assert len(rows) == 301
    assert [float(number) for number in rows[1][2:]] == pytest.approx([0.004, 0.95])


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "schedule: none is given, and the run has none; expected schedule=cosine, say"),
        (["schedule=cosin"], "schedule=cosin: there is no such choice; did you mean 'cosine'?"),
        (["schedule=cosine", "schedule.firs=1"], "schedule.firs: there is no such key in schedule"),
        (["schedule=cosine", "epochs=0"], "epochs: must be at least 1, got 0"),
    ],
)
def test_a_mistake_is_one_line(draw, tmp_path, arguments, said):
    status, _, err = draw(*arguments)
    assert status == 1
    assert err.startswith(f"error: {said}")
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_one_that_hears_figures_says_so(draw, monkeypatch):
    monkeypatch.setattr("framework.plugins.jobs.schedule._draw", lambda *_: None)
    status, out, _ = draw("schedule=reduce_on_plateau", "epochs=1")
    assert status == 0
    assert "reduce_on_plateau follows validation_loss: as it is before it hears" in out
