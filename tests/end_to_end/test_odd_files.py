"""Summaries, checkpoints and settings that say odd things: a clear line, never "unexpected"."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from framework import read_summary
from framework.errors import RunError
from framework.runs import checkpoint_file
from framework.runs.choose_checkpoint import checkpoints
from tests.end_to_end.faults import Outcome, Runs, runs

pytestmark = pytest.mark.slow  # processes by the dozen

QUICK = ("data=spirals", "data.points=96", "trainer.epochs=2", "~callbacks.pictures")


@pytest.fixture(scope="module")
def warm():
    with runs() as found:
        yield found


@pytest.fixture(scope="module")
def good(warm: Runs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("good")
    outcome = warm.run(place, *QUICK, "hydra.run.dir=run")
    assert outcome.status == 0, outcome.said
    return place / "run"


def assert_clear(outcome: Outcome) -> None:
    assert "Traceback" not in outcome.said
    assert "unexpected" not in outcome.said


ODD_SUMMARIES: list[object] = [
    [],
    5,
    "text",
    {},
    {"epochs": 2},
    {"epochs": 2, "score": None},
    {"epochs": 2, "score": {"name": "validation_accuracy"}},
    {"epochs": "2"},
]
ODD_FIELDS: list[tuple[str, object]] = [
    ("epochs", -1),
    ("epochs", True),
    ("figures", [1]),
    ("figures", {"validation_accuracy": "good"}),
    ("score", 5),
    ("score", {"name": 5, "value": 1, "higher_is_better": True}),
    ("stopped", 5),
    ("failed_callbacks", 5),
    ("failed_callbacks", ["x"]),
    ("published", 5),
    ("seconds", "long"),
    ("seed", None),
]


def test_odd_summaries_are_refused(tmp_path, good):
    whole = json.loads((good / "summary.json").read_text())
    assert read_summary(good / "summary.json").epochs == 2
    odd = ODD_SUMMARIES + [{**whole, key: value} for key, value in ODD_FIELDS]
    texts = [json.dumps(content) for content in odd]
    texts += ["", "{", "\xff", "[" * 5000, '{"epochs": ' + "9" * 5000 + "}"]
    texts.append(json.dumps(whole).replace('"epochs": 2', '"epochs": 1e400'))
    for text in texts:
        path = tmp_path / "summary.json"
        path.write_bytes(text.encode("latin-1"))
        with pytest.raises(RunError, match=r"summary\.json: ") as caught:
            read_summary(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", '{"epochs": 2}', '{"epochs": 1e400}', "9" * 5000])
def test_a_run_with_an_odd_summary_is_gone_on_with(warm, tmp_path, good, text):
    """Its checkpoint says what it came to; the summary is written anew."""
    shutil.copytree(good, tmp_path / "run")
    (tmp_path / "run/summary.json").write_text(text)
    outcome = warm.run(tmp_path, *QUICK, "hydra.run.dir=run", "trainer.resume=auto")
    assert outcome.status == 0, outcome.said
    assert_clear(outcome)
    whole, anew = (read_summary(run / "summary.json") for run in (good, tmp_path / "run"))
    assert anew.figures == whole.figures


FIELDS = (
    *("position", "walk", "figures", "generators", "callbacks", "started", "seconds"),
    *("versions", "components", "configuration", "data", "seed", "best"),
    *("stopped", "stop_after", "failures", "modules", "products"),
    *("network", "loss", "trained_on"),
)
DISPENSABLE = {
    "configuration",
    "seed",
    "best",
    "stopped",
    "stop_after",
    "failures",
    "modules",
    "products",
    "network",  # no checkpoint of before had these three
    "loss",
    "trained_on",
}


def test_checkpoints_without_a_field_or_with_an_odd_one(warm, tmp_path, good):
    newest, *others = [tmp_path / path.relative_to(good.parent) for path in checkpoints(good)]

    def begin() -> None:
        shutil.rmtree(tmp_path / "run", ignore_errors=True)
        shutil.copytree(good, tmp_path / "run")
        for path in (tmp_path / "run/summary.json", *others):
            path.unlink()

    begin()
    whole = checkpoint_file.read(newest)
    about = {k: v for k, v in whole.about.items() if k not in ("format", "sha256")}
    assert about.keys() == set(FIELDS)
    for field in FIELDS:
        odd_too = field in ("position", "callbacks", "failures", "versions")
        for value in (..., {"5": [5]}) if odd_too else (...,):
            odd = {k: v for k, v in about.items() if k != field}
            checkpoint_file.write(
                newest,
                checkpoint_file.Checkpoint(
                    whole.arrays, odd if value is ... else {**odd, field: value}
                ),
            )
            outcome = warm.run(tmp_path, "job=resume", "run=run")
            assert_clear(outcome)
            begin()
            if value is ... and field not in DISPENSABLE:
                assert outcome.status == 1, (field, outcome.said)
                assert newest.name in outcome.said
            if value is ... and field in DISPENSABLE:
                assert outcome.status == 0, (field, outcome.said)


ODD_SETTINGS = {
    "published=5": "published: expected a mapping, got 5",
    "++published={a:b}": "published.a: expected a number",
    "~metrics": "metrics: there is none",
}


def test_odd_settings(warm, tmp_path):
    for word, line in ODD_SETTINGS.items():
        outcome = warm.run(tmp_path, *QUICK, word)
        assert outcome.status == 1
        assert line in outcome.said
        assert_clear(outcome)


def test_a_comparison_leaves_odd_runs_out(warm, tmp_path, good):
    whole = json.loads((good / "summary.json").read_text())
    for name, content in (
        ("fine", {**whole, "published": {"validation_accuracy": 0.5}}),
        ("odd", {**whole, "published": 5}),
        ("list", []),
    ):
        shutil.copytree(good, tmp_path / "runs" / name)
        (tmp_path / "runs" / name / "summary.json").write_text(json.dumps(content))
    (tmp_path / "runs/pipe").mkdir()
    os.mkfifo(tmp_path / "runs/pipe/summary.json")
    outcome = warm.run(tmp_path, "job=compare", "run_directory=runs")
    assert outcome.status == 0, outcome.said
    assert_clear(outcome)
    assert outcome.said.count("it is left out") == 3
    assert "0.50000" in outcome.said
