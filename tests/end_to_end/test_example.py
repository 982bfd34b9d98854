"""The example distribution and a skeleton, installed in a fresh environment."""

from __future__ import annotations

import json
import os
import subprocess
import venv
from pathlib import Path

import pytest

from tests.end_to_end.environments import PACKAGES, ROOT, copied

pytestmark = pytest.mark.slow  # processes by the dozen

EXAMPLE = ROOT / "examples" / "mlp-framework-extras"


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"}
    env["PYTHONPATH"] = PACKAGES
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=env, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Path:
    """An environment with the framework and the example, as pip installs them."""
    base = tmp_path_factory.mktemp("example")
    venv.create(base / "venv", with_pip=True)
    python = base / "venv" / "bin" / "python"
    sources = copied(ROOT, base / "framework"), f"{copied(EXAMPLE, base / 'example')}[test]"
    done = run(python, "-m", "pip", "install", "-q", *sources, cwd=base)
    assert done.returncode == 0, done.stderr
    return Path(python)


@pytest.fixture(scope="module")
def tests(tmp_path_factory) -> Path:
    return copied(EXAMPLE / "tests", tmp_path_factory.mktemp("away") / "tests")


def test_trains_with_what_was_installed(python, tmp_path):
    done = run(
        python, "-m", "framework", "data=spirals", "layer=dense_xavier", "layer/update_rule=signum",
        "model.activation=snake", "callbacks=gradient_norms", "trainer.epochs=8",
        "hydra.run.dir=run", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["figures"]["validation_accuracy"] > 0.8
    assert (tmp_path / "run" / "gradient_norms.csv").exists()
    assert "mlp-framework-extras==0.1.0" in json.dumps(summary["components"])


def test_its_choices_are_listed(python, tmp_path):
    done = run(python, "-m", "framework", "--help", cwd=tmp_path)
    assert "signum" in done.stdout
    assert "experiment/extras: noise" in done.stdout


def test_its_own_tests_pass_away_from_its_sources(python, tests):
    done = run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests, cwd=tests.parent)
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout


def test_the_job_finds_nothing_against_it(python, tmp_path):
    done = run(
        python, "-m", "framework", "job=check", "plugins=[mlp_framework_extras]", cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAILED" not in done.stdout


@pytest.mark.slow
def test_a_skeleton_is_a_package(python, tmp_path):
    """As its last lines say: install it with its tests' needs, run them."""
    done = run(python, "-m", "framework", "job=new_plugin", "name=my_rule", "kind=update_rule",
               cwd=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "my_rule"
    done = run(python, "-m", "pip", "install", "-q", "-e", ".[test]", cwd=folder)
    assert done.returncode == 0, done.stderr
    done = run(python, "-m", "pytest", "-q", cwd=folder)
    assert done.returncode == 0, done.stdout
    done = run(
        python, "-m", "framework", "data=spirals", "layer/update_rule=my_rule", "trainer.epochs=1",
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
