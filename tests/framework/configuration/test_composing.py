"""YAML, dataclasses and documentation say the same."""

from __future__ import annotations

import dataclasses
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from framework.components.base import Component
from framework.components.kinds import KINDS
from framework.configuration.component_yaml import plain
from framework.registry.registry import Registry
from framework.settings.layers import MlpSettings, SequentialSettings
from framework.settings.reader import Reader
from framework.training.settings import TrainerSettings

CONF = Path(str(files("framework.conf")))
COMPONENTS = {kind.group: kind.name for kind in KINDS if kind.group not in ("callbacks", "metrics")}
YAMLS = sorted(p.relative_to(CONF) for p in CONF.rglob("*.yaml"))


def load(path: Path) -> Any:
    return OmegaConf.to_container(OmegaConf.load(CONF / path))


def whole(node: Any, like: object, registry: Registry) -> Any:
    """Return a component's node with the fields that the YAML leaves out."""
    if not isinstance(like, Component):
        return node
    (base,) = (kind.base for kind in KINDS if isinstance(like, kind.base))
    return plain(Reader(registry).component(base, node, "node"), registry)


@pytest.mark.parametrize("path", YAMLS, ids=str)
def test_every_yaml_opens_with_a_comment(path):
    lines = (CONF / path).read_text().splitlines()
    assert any(line.startswith("# ") and "@package" not in line for line in lines[:2])


@pytest.mark.parametrize(
    "path", [p for p in YAMLS if p.parent.as_posix() in COMPONENTS and p.parts[0] != "job"], ids=str
)
def test_a_component_yaml_has_exactly_the_fields(registry, path):
    node = load(path)
    if "name" not in node:  # it changes values of another choice
        (base,) = node["defaults"]
        node = {**load(path.with_name(f"{base}.yaml")), **node}
    cls = registry.entry(COMPONENTS[path.parent.as_posix()], node["name"]).component
    given = {k: v for k, v in node.items() if k not in ("name", "defaults", "transforms")}
    declared = {f.name: f for f in dataclasses.fields(cls)}
    if path.parent.as_posix() == "layer":
        declared.pop("units")  # the model says
        assert given.pop("frozen") is False  # of every layer, whoever brings it
    assert set(given) == set(declared)
    if path.stem == node["name"]:  # the component's own choice: its defaults
        for name, one in declared.items():
            expected = "???" if one.default is dataclasses.MISSING else one.default
            assert whole(given[name], expected, registry) == plain(expected, registry), name
            doc = one.metadata["hyperparameter"].doc
            assert f"# {doc}" in (CONF / path).read_text()


@pytest.mark.parametrize(
    "kind", ["initializer", "regularizer", "update_rule", "loss", "schedule", "dataset", "job"]
)
def test_every_component_has_a_yaml(registry, kind):
    (group,) = (k.group for k in KINDS if k.name == kind)
    for name in registry.names(kind):
        assert (CONF / group / f"{name}.yaml").is_file()


def test_callbacks_and_metrics_name_components(registry):
    for group, kind in (("callbacks", "callback"), ("metrics", "metric")):
        for path in (CONF / group).glob("*.yaml"):
            for node in load(path.relative_to(CONF)).values():
                if not isinstance(node, dict):
                    continue
                cls = registry.entry(kind, node["name"]).component
                names = {f.name for f in dataclasses.fields(cls)}
                assert set(node) - {"name", "only_for"} == names


def test_trainer_yaml_is_the_defaults():
    assert load(Path("trainer/default.yaml")) == dataclasses.asdict(TrainerSettings())


@pytest.mark.parametrize("path", [p for p in YAMLS if p.parts[0] == "model"], ids=str)
def test_a_model_yaml_has_exactly_the_fields(path):
    cls = SequentialSettings if path.stem == "sequential" else MlpSettings
    node = {k for k in load(path) if k != "defaults"}
    assert node == {f.name for f in dataclasses.fields(cls)}


def test_every_field_is_documented(registry):
    for entry in registry.entries.values():
        assert entry.component.__doc__
        for one in dataclasses.fields(entry.component):
            assert one.metadata["hyperparameter"].doc, f"{entry.name}.{one.name}"
