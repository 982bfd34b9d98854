"""The job that shows what is installed."""

from __future__ import annotations

import dataclasses
import inspect
import sys
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framework import (
    Component,
    ConfigurationError,
    Entry,
    Invocation,
    Job,
    Registry,
    as_yaml,
    default_of,
    hyperparameter,
    nearest,
    shown_path,
    table,
)


@dataclass(frozen=True)
class Plugins(Job):
    """Print which plugins there are and what each brings; or all about one component."""

    component: str | None = hyperparameter(None, "one component to explain: its name, or kind/name")

    def run(self, invocation: Invocation) -> None:
        registry = invocation.registry
        lines = overview(registry) if self.component is None else self._explained(registry)
        print("\n".join(lines))

    def _explained(self, registry: Registry) -> Iterator[str]:
        assert self.component is not None
        kind, _, name = self.component.rpartition("/")
        every = registry.entries.values()
        found = [e for e in every if e.name == name and kind in ("", e.kind.name, e.kind.group)]
        if not found:
            valid = (
                [e.name for e in every] if not kind else [f"{e.kind.name}/{e.name}" for e in every]
            )
            raise ConfigurationError(
                f"component: there is no component '{self.component}';"
                f" {nearest(self.component, valid)}{registry.suspects()}"
            )
        for i, entry in enumerate(found):
            yield from ["", ""] if i else []
            yield from explained(entry, registry)


def overview(registry: Registry) -> Iterator[str]:
    """Describe every plugin, a paragraph each."""
    for origin in registry.plugins:
        yield f"{origin}  (plugin {origin.plugin})"
        rows = [
            [e.kind.name.replace("_", " "), e.name, *_place(e)]
            for e in sorted(registry.entries.values(), key=lambda e: (e.kind.name, e.name))
            if e.origin == origin
        ]
        if rows:
            text = table(["kind", "name", "class", "file"], rows)
            yield from (f"  {line}" for line in text.splitlines())
        for owner, folder in registry.config_dirs:
            if owner == origin:
                choices = sorted(p.relative_to(folder) for p in Path(folder).rglob("*.yaml"))
                names = ", ".join(f"{c.parent.as_posix()}={c.stem}" for c in choices)
                yield f"  choices in {shown_path(folder)}: {names}"
        for owner, remark in registry.remarks:
            if owner == origin:
                yield f"  {remark}"
        yield ""
    for origin, why in registry.refused.items():
        yield f"{origin}  (plugin {origin.plugin}) is left out: {why}"
        yield from (f"  {remark}" for owner, remark in registry.remarks if owner == origin)
    for origin in registry.blocked:
        yield f"{origin}  (plugin {origin.plugin}) is blocked"


def explained(entry: Entry, registry: Registry) -> Iterator[str]:
    """Describe one component: its documentation, its fields, the YAML to write."""
    yield f"{entry.kind.name.replace('_', ' ')} '{entry.name}' of {entry.origin}"
    yield ", ".join(word for word in _place(entry) if word)
    yield ""
    yield inspect.getdoc(entry.component) or "(undocumented)"
    yield ""
    rows = [_field(one, registry, hint) for one, hint in _hints(entry)]
    if rows:
        yield table(["field", "type", "range", "default", "meaning"], rows)
        yield ""
    yield f"{_file(entry)}:"
    yield as_yaml(entry, registry).rstrip()


def _hints(entry: Entry) -> Iterator[tuple[dataclasses.Field[Any], Any]]:
    hints = typing.get_type_hints(entry.component)
    for one in dataclasses.fields(entry.component):
        yield one, hints[one.name]


def _field(one: dataclasses.Field[Any], registry: Registry, hint: object) -> list[str]:
    about = one.metadata.get("hyperparameter")
    given = default_of(one)
    words = {None: "null", True: "true", False: "false"}
    default = (
        words[given] if given is None or given is True or given is False else registry.show(given)
    )
    limits, doc = (about.range(), about.doc) if about is not None else ("", "")
    return [one.name, _type(hint), limits, default, doc]


def _type(hint: Any) -> str:
    """Write a declared type as the configuration's reader would say it."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return " or ".join(_type(one) for one in typing.get_args(hint))
    if typing.get_origin(hint) is tuple:
        return f"list of {_type(typing.get_args(hint)[0])}"
    if typing.get_origin(hint) is typing.Literal:
        return " or ".join(map(str, typing.get_args(hint)))
    if isinstance(hint, type) and issubclass(hint, Component):
        return hint.__name__.lower()
    return "null" if hint is type(None) else getattr(hint, "__name__", str(hint))


def _place(entry: Entry) -> tuple[str, str]:
    cls = entry.component
    module = sys.modules.get(cls.__module__)
    file = getattr(module, "__file__", None)
    return f"{cls.__module__}:{cls.__qualname__}", shown_path(file) if file else ""


def _file(entry: Entry) -> str:
    if entry.kind.many:
        return f"below {entry.kind.group}, under a name of its own"
    return f"{entry.kind.group}/{entry.name}.yaml"
