"""YAML that a plugin brings, right and wrong."""

from __future__ import annotations

import importlib
import textwrap

import pytest

from framework.errors import PluginError
from framework.testing import cases_of, check_plugin
from framework.testing.checks import yaml_choice

MODULE = '''
from dataclasses import dataclass
from pathlib import Path

from framework import Callback, Scalar, UpdateRule, hookimpl, positive, hyperparameter, value


@dataclass(frozen=True)
class Slope(UpdateRule):
    """p <- p - eta g."""

    learning_rate: Scalar = positive(0.1, "step size")
    twice: bool = hyperparameter(False, "step twice as far")

    def step(self, step, p, g, state, scratch):
        p -= (2 if self.twice else 1) * value(self.learning_rate, step) * g


@dataclass(frozen=True)
class Bell(Callback):
    """Rings when a run ends."""

    times: int = hyperparameter(1, "how often", at_least=1)

    @hookimpl
    def framework_run_ended(self, run):
        print("ring " * self.times)


@hookimpl
def framework_update_rules():
    return {"slope": Slope}


@hookimpl
def framework_callbacks():
    return {"bell": Bell}


@hookimpl
def framework_config_dirs():
    return [str(Path(__file__).parent / "conf")]
'''
RIGHT = "# A slope.\nname: slope\nlearning_rate: 0.1  # step size\ntwice: false\n"


@pytest.fixture
def check(tmp_path, monkeypatch, request):
    """Write a plugin with one YAML file; give what the kit finds against the file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    name = "yaml_" + "".join(c if c.isalnum() else "_" for c in request.node.name)

    def checked(path: str, text: str) -> dict[str, str | None]:
        (tmp_path / f"{name}.py").write_text(MODULE)
        file = tmp_path / "conf" / f"{path}.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(textwrap.dedent(text))
        importlib.invalidate_caches()
        results = [case.run() for case in cases_of(name) if case.kind == "choice"]
        assert {r.check for r in results} == {check.name for check in yaml_choice.CHECKS}
        return {r.check: r.broken for r in results if not r.passed}

    return checked


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("layer/update_rule/slope", RIGHT),
        ("layer/update_rule/slope_twice", RIGHT.replace("false", "true")),
        (
            "layer/dense_slope",
            "# Dense.\ndefaults:\n  - initializer: zeros\n  - regularizer: none\n"
            "  - update_rule: sgd\n\nname: dense\n",
        ),
        ("callbacks/bell", "# A bell.\ndefaults: [default]\nbell: {name: bell, times: 2}\n"),
        ("experiment/slopes", "# @package _global_\n# A study.\nseed: 3\n"),
        (
            "layer/update_rule/slope_again",
            "# The slope, as its own file gives it.\ndefaults: [slope,"
            " _self_]\nlearning_rate: 0.3\ntwice: true\n",
        ),
        (
            "loss/squares",
            "# Squares, and the metrics that go with them.\ndefaults:\n"
            "  - mean_squared_error\n  - override /metrics@_global_.metrics: regression\n",
        ),
        (
            "data/few_spirals",
            "# Spirals, but few.\ndefaults: [spirals]\npoints: 40\n",
        ),
        ("trainer/short", "# Short.\ndefaults: [default]\nepochs: 2\n"),
        ("model/tiny", "# Tiny.\nhidden: [3]\nactivation: relu\nvariants: {}\n"),
    ],
)
@pytest.mark.sampled(5)
def test_finds_nothing_in_right_yaml(check, path, text):
    assert check(path, text) == {}


@pytest.mark.parametrize(
    ("path", "text", "broken", "word"),
    [
        ("layer/update_rule/slope", "a: [", "readable", "no YAML"),
        ("layer/update_rule/slope", RIGHT.removeprefix("# A slope.\n"), "readable", "comment"),
        ("slope", RIGHT, "readable", "beside"),
        (
            "layer/update_rule/slope",
            RIGHT.replace("name: slope", "name: slop"),
            "names_a_component",
            "'slop'",
        ),
        (
            "layer/update_rule/slope",
            RIGHT.replace("twice: false", "thrice: false"),
            "keys_are_the_fields",
            "'thrice'",
        ),
        (
            "layer/update_rule/slope",
            RIGHT.replace("twice: false\n", ""),
            "keys_are_the_fields",
            "'twice'",
        ),
        (
            "layer/update_rule/slope",
            RIGHT.replace("0.1", "0.2"),
            "values_are_the_defaults",
            "0.2",
        ),
        ("layer/update_rule/other", RIGHT.replace("0.1", "-1"), "values_fit", "greater than 0"),
        ("layer/update_rule/other", RIGHT.replace("false", "perhaps"), "values_fit", "perhaps"),
        (
            "callbacks/bell",
            "# A bell.\ndefaults: [default]\nbell: {name: bell, tones: 2}\n",
            "keys_are_the_fields",
            "'tones'",
        ),
        (
            "model/tiny",
            "# Tiny.\nhiden: [5]\nactivation: relu\n",
            "keys_are_read",
            "model.hiden: a model with 'hidden' has no such key; did you mean 'hidden'?",
        ),
        ("model/tiny", "# Tiny.\nhidden: [0]\nactivation: relu\n", "keys_are_read", "at least 1"),
        (
            "model/list",
            "# Two layers.\nlayers: [{name: dense, unitz: 3}, {name: dense, units: 2}]\n",
            "keys_are_read",
            "unitz",
        ),
        (
            "experiment/slopes",
            "# @package _global_\n# A study.\nsead: 3\n",
            "keys_are_read",
            "sead: there is no such key; did you mean 'seed'?",
        ),
        (
            "experiment/slopes",
            "# @package _global_\n# A study.\ntrainer: {epoch: 3}\n",
            "keys_are_read",
            "trainer.epoch",
        ),
        (
            "experiment/slopes",
            "# A study, at the wrong place.\nseed: 3\n",
            "keys_are_read",
            "experiment: there is no such key",
        ),
        ("trainer/short", "# Short.\ndefaults: [default]\nepocs: 2\n", "keys_are_read", "epocs"),
        ("layer/slope", "# Dense.\ndefaults:\n  - initializer: nix\n\nname: dense\n", "composes",
         "nix"),
    ],
)  # fmt: skip
@pytest.mark.sampled(4)
def test_finds_what_is_wrong_with_yaml(check, path, text, broken, word):
    message = check(path, text)[broken] or ""
    assert word in message
    assert len(message) < 1000


@pytest.mark.slow
def test_its_components_are_right(tmp_path, monkeypatch):
    """So that what is found above is found in the YAML."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "conf").mkdir()
    (tmp_path / "yaml_components.py").write_text(MODULE)
    results = check_plugin("yaml_components")
    assert {r.kind for r in results} == {"update_rule", "callback"}
    assert [str(r) for r in results if not r.passed] == []


def test_a_module_that_brings_nothing_is_no_plugin(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "brings_nothing.py").write_text("x = 1\n")
    with pytest.raises(PluginError, match="implements no hook"):
        check_plugin("brings_nothing")
