"""The conformance kit, as an author runs it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.end_to_end.command import framework

PLUGIN = '''
from dataclasses import dataclass

import numpy as np

from framework import Layer, hookimpl


@dataclass(frozen=True)
class Swish(Layer):
    """Y = X s(X)."""

    def forward(self, x, out, arrays):
        return x / (1 + np.exp(-x))

    def input_gradient(self, x, y, g, out, arrays):
        s = 1 / (1 + np.exp(-x))
        return g * (s + y * (1 - s))


@hookimpl
def framework_layers():
    return {"swish": Swish}
'''
WRONG = PLUGIN.replace("y * (1 - s)", "y")


@pytest.mark.slow
def test_the_job_says_what_was_promised_and_what_was_found(tmp_path):
    (tmp_path / "mine.py").write_text(WRONG)
    done = framework("job=check", "plugins=[mine]", cwd=tmp_path)
    assert done.returncode == 1
    lines = [one for one in done.stdout.splitlines() if one.startswith("layer 'swish', ")]
    by_check = {line.split(":")[0].split()[-1]: line for line in lines}
    assert set(by_check) == {"input_gradient", "inference_gradient", "far_inputs"}
    assert "far from 0" in by_check["far_inputs"]
    assert "agrees with central differences" in by_check["input_gradient"]
    assert "central differences 0." in by_check["input_gradient"]
    assert done.stderr.splitlines() == [
        f"error: 3 of {done.stdout.count('layer  swish')} checks failed: layer 'swish'"
        " (listed above)"
    ]


def test_the_job_passes_what_is_right_and_leaves_nothing(tmp_path):
    (tmp_path / "mine.py").write_text(PLUGIN)
    done = framework("job=check", "plugins=[mine]", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "failed" not in done.stdout
    assert {p.name for p in tmp_path.iterdir()} <= {"mine.py", "__pycache__"}


@pytest.mark.slow
def test_the_job_checks_one_component_of_any_plugin(tmp_path):
    done = framework("job=check", "component=l2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "regularizer  l2" in done.stdout
    done = framework("job=check", "component=rel", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["error: component: there is no 'rel'; did you mean 'relu'?"]


def test_the_job_leaves_out_what_is_blocked(tmp_path):
    (tmp_path / "mine.py").write_text(PLUGIN)
    done = framework("job=check", "plugins=[mine]", "blocked=[mine]", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "mine" in done.stderr
    assert "blocked" in done.stderr


def test_the_job_needs_something_to_check(tmp_path):
    done = framework("job=check", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "plugins=[my_module]" in done.stderr


def pytest_in(cwd, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_three_lines_are_a_test_file(tmp_path):
    (tmp_path / "mine.py").write_text(WRONG)
    (tmp_path / "test_mine.py").write_text(
        "from framework.testing import conformance\n"
        "import mine\n"
        "test_conformance = conformance(mine)\n"
    )
    done = pytest_in(tmp_path)
    assert done.returncode == 1
    assert "3 failed" in done.stdout
    assert "test_conformance[layer-swish-input_gradient]" in done.stdout
    assert "central differences" in done.stdout


@pytest.mark.slow
def test_pytest_needs_no_test_file(tmp_path):
    (tmp_path / "mine.py").write_text(PLUGIN)
    done = pytest_in(tmp_path, "--framework-plugin=mine")
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
    (tmp_path / "mine.py").write_text(WRONG)
    done = pytest_in(tmp_path, "--framework-plugin=mine")
    assert done.returncode == 1
    assert "layer-swish-input_gradient" in done.stdout
    done = pytest_in(tmp_path, "--framework-plugin=mime")
    assert done.returncode == 4
    assert "No module named 'mime'" in done.stderr


@pytest.mark.slow
def test_pytest_imports_the_kit_only_when_it_is_used(tmp_path):
    (tmp_path / "test_nothing.py").write_text(
        "import sys\n\ndef test_nothing():\n    assert 'framework.testing' not in sys.modules\n"
    )
    done = pytest_in(tmp_path)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_the_job_does_without_pytest(tmp_path):
    (tmp_path / "mine.py").write_text(PLUGIN)
    code = (
        "import sys; sys.modules['pytest'] = None\n"
        "from framework.app import run\n"
        "sys.exit(run(['job=check', 'plugins=[mine]']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
