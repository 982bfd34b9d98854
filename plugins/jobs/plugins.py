"""The job that shows what is installed."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from framework import (
    ConfigurationError,
    Entry,
    Invocation,
    Job,
    Registry,
    as_yaml,
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
        entries = registry.entries.values()
        meant = [e for e in entries if e.name == name and kind in ("", e.kind.name, e.kind.group)]
        if not meant:
            valid = [f"{e.kind.name}/{e.name}" if kind else e.name for e in entries]
            raise ConfigurationError(
                f"component: there is no component '{self.component}';"
                f" {nearest(self.component, valid)}{registry.suspects()}"
            )
        for i, entry in enumerate(meant):
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
    rows = [
        [
            field.name,
            field.type.describe(),
            field.info.range(),
            _shown_default(field.default, registry),
            field.info.doc,
        ]
        for field in entry.fields
    ]
    if rows:
        yield table(["field", "type", "range", "default", "meaning"], rows)
        yield ""
    yield f"{_file(entry)}:"
    yield as_yaml(entry, registry).rstrip()


def _shown_default(default: object, registry: Registry) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return "null" if default is None else registry.show(default)


def _place(entry: Entry) -> tuple[str, str]:
    cls = entry.component
    module = sys.modules.get(cls.__module__)
    file = getattr(module, "__file__", None)
    return f"{cls.__module__}:{cls.__qualname__}", shown_path(file) if file else ""


def _file(entry: Entry) -> str:
    if entry.kind.many:
        return f"below {entry.kind.group}, under a name of its own"
    return f"{entry.kind.group}/{entry.name}.yaml"
