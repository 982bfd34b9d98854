"""Run directories of strangers, compared: nothing of them is resolved, expanded or run."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.security.prison import SECRET, End, check, run_all
from tests.security.selection import asked_for, judged

pytestmark = pytest.mark.slow  # hostile files by the dozen; test_composition.py has quick ones

SUMMARY = {
    "epochs": 1,
    "score": {"name": "validation_accuracy", "value": 0.5, "higher_is_better": True},
    "published": {"train_accuracy": 0.5},
    "figures": {"train_accuracy": 0.5},
    "seed": 0,
    "seconds": 1.0,
}
LAUGHS = "- &a0 [x, x]\n" + "".join(f"- &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))
HOSTILE: dict[str, str | Callable[[Path], None]] = {
    "laughs": LAUGHS,
    "object": "- !!python/object/apply:os.system [touch pwned]\n",
    "mapping": "a: 1\n",
    "megabytes": "- x\n" * 1_000_000,
    "deep": "[" * 10_000 + "]" * 10_000,
    "endless": lambda path: path.symlink_to("/dev/zero"),
    "pipe": lambda path: os.mkfifo(path),
}


def run_directory(path: Path, overrides: str | Callable[[Path], None]) -> Path:
    (path / ".hydra").mkdir(parents=True)
    (path / "summary.json").write_text(json.dumps(SUMMARY))
    file = path / ".hydra" / "overrides.yaml"
    overrides(file) if callable(overrides) else file.write_text(overrides)
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prison")


@pytest.fixture(scope="module")
def ends(request: pytest.FixtureRequest, place: Path) -> dict[str, End]:
    texts = {**asked_for(request, HOSTILE), "secret": '- data=${oc.env:SECRET}\n- "\\e[2Ja=1"\n'}
    runs = {name: run_directory(place / str(i), o) for i, (name, o) in enumerate(texts.items())}
    (place / "cwd").mkdir()
    return run_all(
        {name: ["job=compare", f"run_directory={run}"] for name, run in runs.items()},
        place / "cwd",
    )


@judged(HOSTILE, quick={"object"})
def test_a_hostile_record_is_one_line(ends: dict[str, End], place: Path, name: str) -> None:
    check(ends[name])
    assert not list(place.rglob("*pwned*"))


def test_interpolations_are_compared_as_they_were_given(ends: dict[str, End], place: Path) -> None:
    end = ends["secret"]
    assert end.status == 0, end
    (written,) = place.glob("*/comparison.txt")
    for text in (end.said, written.read_text()):
        assert "data=${oc.env:SECRET} \\x1b[2Ja=1" in text
        assert SECRET not in text
    assert not list(place.rglob("*pwned*"))
