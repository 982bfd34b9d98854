"""Skeletons of plugins, written and tested as an author would."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.end_to_end.command import framework

pytestmark = pytest.mark.slow  # processes by the dozen

KINDS = (
    "layer", "activation", "join", "initializer", "regularizer", "constraint", "update_rule",
    "loss", "schedule", "metric", "dataset", "transform", "callback", "job",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_skeleton_passes_its_own_tests_at_once(tmp_path, kind):
    done = framework("job=new_plugin", f"name=own_{kind}", f"kind={kind}", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / f"own_{kind}"
    assert [p.name for p in tmp_path.iterdir()] == [folder.name]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "precious.py").write_text("x = 1\n")
    done = framework("job=new_plugin", "name=mine", "kind=layer", cwd=tmp_path)
    assert done.returncode == 1
    assert "exists already" in done.stderr
    assert [p.name for p in tmp_path.rglob("*")] == ["mine", "precious.py"]


@pytest.mark.parametrize(
    ("name", "kind", "word"),
    [
        ("My-Rule", "update_rule", "lower_snake_case"),
        ("../up", "update_rule", "lower_snake_case"),
        ("class", "update_rule", "lower_snake_case"),
        ("numpy", "update_rule", "there is a module 'numpy' already"),
        ("rmsprop", "update_rule", "brings the update rule 'rmsprop' already"),
        ("mine", "update_rul", "did you mean 'update_rule'?"),
    ],
)
def test_a_bad_name_costs_one_line(tmp_path, name, kind, word):
    done = framework("job=new_plugin", f"name={name}", f"kind={kind}", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert word in done.stderr
    assert list(tmp_path.iterdir()) == []
