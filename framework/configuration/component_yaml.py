"""A component's defaults as configuration: what its YAML says, or would say."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from framework.components.base import Component
from framework.components.field_type import MISSING
from framework.components.job import Job
from framework.components.layer import Layer
from framework.components.transform import Transform
from framework.errors import PluginError
from framework.registry.origin import Entry
from framework.registry.registry import Registry


def configuration(entry: Entry, registry: Registry) -> dict[str, Any]:
    """Return a component's name and its fields' defaults; `???` where one must be given."""
    defaults = {}
    for field in entry.fields:
        try:
            defaults[field.name] = plain(field.default, registry)
        except PluginError as error:
            holder = f"{entry.kind.name.replace('_', ' ')} '{entry.name}' ({entry.origin})"
            raise PluginError(f"{holder}: its field '{field.name}' holds {error}") from error
    return {entry.kind.chosen_by: entry.name} | defaults


def plain(value: object, registry: Registry) -> Any:
    """Return a field's value as the configuration writes it.

    >>> plain((3, 4), Registry())
    [3, 4]
    """
    if isinstance(value, Component):
        given = [f.name for f in dataclasses.fields(value) if f.init]
        own = {name: plain(getattr(value, name), registry) for name in given}
        return {"name": registry.name_of(value)} | own
    if isinstance(value, tuple | list):
        return [plain(item, registry) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item, registry) for key, item in value.items()}
    return value


def as_yaml(entry: Entry, registry: Registry) -> str:
    """Return a component's defaults as a commented YAML file."""
    text = [f"# {summary(entry.component)}"]
    if entry.kind.base is Job:
        text = ["# @package _global_", *text]
    given = configuration(entry, registry)
    lines = [_line(key, value) for key, value in given.items()]
    width = max(map(len, lines))
    meanings = {field.name: field.info.doc for field in entry.fields}
    docs = [meanings.get(key, "") for key in given]
    text += [
        f"{line:{width}}  # {doc}" if doc else line for line, doc in zip(lines, docs, strict=True)
    ]
    return "\n".join(text) + "\n"


def summary(component: type[Component]) -> str:
    """Return the first line of a component's docstring."""
    lines = (component.__doc__ or component.__name__).strip().splitlines()
    return lines[0]


def without_yaml(registry: Registry) -> dict[str, dict[str, Any]]:
    """Return what configures each component without a YAML file: `group/name` → config, package."""
    choices: dict[str, dict[str, Any]] = {}
    for entry in registry.entries.values():
        choice = f"{entry.kind.group}/{entry.name}"
        if entry.kind.base is Transform:
            continue  # the data list them
        if entry.kind.many or registry.who_brings(f"{choice}.yaml") is not None:
            continue
        if entry.is_deferred:
            continue  # its plugin says that it needs no choice
        node, package = configuration(entry, registry), None
        if entry.kind.base is Layer:
            if "units" not in node:
                continue  # an activation, which a model names, is no layer to train
            del node["units"]  # the model says
            node["defaults"] = _variant(next(registry.yaml())[1])
        if entry.kind.base is Job:
            package = "_global_"
        choices[choice] = {"config": node, "package": package}
    return choices


def _variant(conf: Path) -> list[Any]:
    """Return what the default layer variant chooses beside the layer: its initializer, say."""
    entries = yaml.safe_load((conf / "config.yaml").read_text())["defaults"]
    (name,) = (entry["layer"] for entry in entries if isinstance(entry, dict) and "layer" in entry)
    variant = yaml.safe_load((conf / "layer" / f"{name}.yaml").read_text())["defaults"]
    assert isinstance(variant, list)
    return variant


def _line(key: str, value: object) -> str:
    shown: str = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=1000)
    shown = shown.removesuffix("\n").removesuffix("\n...")
    return f"{key}: {MISSING if value == MISSING else shown}"
