"""A component's defaults as configuration: what its YAML says, or would say."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from framework.components.base import Component, FieldInfo
from framework.components.job import Job
from framework.components.layer import Layer
from framework.registry.origin import Entry
from framework.registry.registry import Registry


def configuration(entry: Entry, registry: Registry) -> dict[str, Any]:
    """Give a component's name and its fields' defaults; `???` stands where one must be given."""
    fields = {f.name: plain(default_of(f), registry) for f in dataclasses.fields(entry.component)}
    return {entry.kind.chosen_by: entry.name} | fields


def plain(value: object, registry: Registry) -> Any:
    """Write a field's value as the configuration writes it.

    >>> plain((3, 4), Registry())
    [3, 4]
    """
    if isinstance(value, Component):
        own = {f.name: plain(getattr(value, f.name), registry) for f in dataclasses.fields(value)}
        return {"name": registry.name_of(value)} | own
    if isinstance(value, tuple | list):
        return [plain(item, registry) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item, registry) for key, item in value.items()}
    return value


def as_yaml(entry: Entry, registry: Registry) -> str:
    """Write a component's defaults as a commented YAML file."""
    about = {
        f.name: f.metadata.get("hyperparameter", FieldInfo(""))
        for f in dataclasses.fields(entry.component)
    }
    text = [f"# {summary(entry.component)}"]
    if entry.kind.base is Job:
        text = ["# @package _global_", *text]
    given = configuration(entry, registry)
    lines = [_line(key, value) for key, value in given.items()]
    width = max(map(len, lines))
    docs = [about[key].doc if key in about else "" for key in given]
    text += [
        f"{line:{width}}  # {doc}" if doc else line for line, doc in zip(lines, docs, strict=True)
    ]
    return "\n".join(text) + "\n"


def summary(component: type[Component]) -> str:
    """Give the first line of a component's docstring."""
    lines = (component.__doc__ or component.__name__).strip().splitlines()
    return lines[0]


def without_yaml(registry: Registry) -> dict[str, dict[str, Any]]:
    """Configure each component that no YAML file configures: `group/name` → config, package."""
    found: dict[str, dict[str, Any]] = {}
    for entry in registry.entries.values():
        choice = f"{entry.kind.group}/{entry.name}"
        if entry.kind.many or registry.who_brings(f"{choice}.yaml") is not None:
            continue
        node, package = configuration(entry, registry), None
        if entry.kind.base is Layer:
            if "units" not in node:
                continue  # an activation, which a model names, is no layer to train
            del node["units"]  # the model says
            node["defaults"] = _variant(next(registry.yaml())[1])
        if entry.kind.base is Job:
            package = "_global_"
        found[choice] = {"config": node, "package": package}
    return found


def _variant(conf: Path) -> list[Any]:
    """Give the initializer, regularizer and update rule of the default layer variant."""
    defaults = yaml.safe_load((conf / "config.yaml").read_text())["defaults"]
    (name,) = (one["layer"] for one in defaults if isinstance(one, dict) and "layer" in one)
    found = yaml.safe_load((conf / "layer" / f"{name}.yaml").read_text())["defaults"]
    assert isinstance(found, list)
    return found


def default_of(field: dataclasses.Field[Any]) -> Any:
    """Give a field's default value; `???` when it has none."""
    if field.default is not dataclasses.MISSING:
        return field.default
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return "???"


def _line(key: str, value: object) -> str:
    shown: str = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=1000)
    shown = shown.removesuffix("\n").removesuffix("\n...")
    return f"{key}: {'???' if value == '???' else shown}"
