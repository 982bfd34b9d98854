"""What is installed, and all about one component."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from framework import as_yaml
from tests.end_to_end.command import framework

CONF = Path(str(files("framework.conf")))


def test_lists_components_by_kind_with_class_and_file(tmp_path, registry):
    done = framework("job=plugins", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["regularizer", "l2", "framework.plugins.regularizers.l2:L2"] in [x[:3] for x in lines]
    for kind, name in registry.entries:
        assert any(x[: len(kind.split("_")) + 1] == [*kind.split("_"), name] for x in lines)
    assert list(tmp_path.iterdir()) == []


def test_explains_a_component(tmp_path):
    done = framework("job=plugins", "component=rmsprop", cwd=tmp_path)
    assert done.returncode == 0
    for words in (
        "Tieleman and Hinton",
        "decay           float              at least 0 and less than 1  0.85     share of",
        "learning_rate   float or schedule  greater than 0",
        "layer/update_rule/rmsprop.yaml:",
    ):
        assert words in done.stdout


@pytest.mark.slow
def test_a_name_of_several_kinds_shows_all(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from dataclasses import dataclass\n"
        "from framework import Metric, hookimpl\n\n\n"
        "@dataclass(frozen=True)\n"
        "class Mine(Metric):\n"
        '    """Mine."""\n\n\n'
        "@hookimpl\n"
        "def framework_metrics():\n"
        "    return {'l2': Mine}\n"
    )
    both = framework("job=plugins", "plugins=[mine]", "component=l2", cwd=tmp_path).stdout
    assert "regularizer 'l2'" in both
    assert "metric 'l2' of mine" in both
    one = framework("job=plugins", "plugins=[mine]", "component=metric/l2", cwd=tmp_path).stdout
    assert "regularizer" not in one
    assert "mine:Mine, mine.py" in one


@pytest.mark.parametrize(
    ("component", "near"), [("rmsprob", "rmsprop"), ("layer/tan", "layer/tanh")]
)
def test_an_unknown_component_gives_the_nearest(tmp_path, component, near):
    done = framework("job=plugins", f"component={component}", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        f"error: component: there is no component '{component}';"
        f" did you mean '{near}'? (command line)\n"
    )


def test_the_yaml_it_shows_is_the_yaml_there_is(registry):
    compared = 0
    for entry in registry.entries.values():
        path = CONF / entry.kind.group / f"{entry.name}.yaml"
        if entry.kind.many or not path.exists() or entry.kind.name in ("layer", "job"):
            continue  # a layer's choice is a variant, a job's sets more than the job's own fields
        there = yaml.safe_load(path.read_text())
        there.pop("defaults", None)
        shown = yaml.safe_load(as_yaml(entry, registry))
        inner = {key for key, node in there.items() if isinstance(node, dict)}
        assert {k: v for k, v in shown.items() if k not in inner} == {
            k: v for k, v in there.items() if k not in inner
        }
        assert all(there[key].items() <= shown[key].items() for key in inner)
        compared += 1
    assert compared > 15
