"""From plain configuration to typed values: a component's fields are the schema.

`Reader` turns dicts and lists into dataclasses, checking every key, type and range on the way. It
does not stop at the first mistake: it collects them all, each as one line that begins with the key.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, Union

from framework.components.base import Component, FieldInfo
from framework.components.kinds import kind_of
from framework.components.schedule import Schedule
from framework.errors import ConfigurationError, PluginError
from framework.registry.registry import Registry
from framework.text import nearest

T = TypeVar("T")
_NOTHING = FieldInfo("")
_WORDS: dict[Any, str] = {
    int: "an integer",
    float: "a number",
    bool: "true or false",
    str: "a string",
}
_TYPES = "int, float, bool, str, tuple[…], Literal[…], Scalar or a kind of component"


@dataclass
class Reader:
    """Reads configuration against dataclasses and collects what is wrong with it."""

    registry: Registry
    problems: list[str] = field(default_factory=list)

    def finish(self) -> None:
        """Raise what was collected.

        Raises
        ------
        ConfigurationError : one line a problem.
        """
        if self.problems:
            raise ConfigurationError("\n".join(dict.fromkeys(self.problems)))

    def report(self, path: str, problem: str) -> None:
        """Note a problem with the value at a key."""
        self.problems.append(f"{path}: {problem}" if path else problem)

    def component(self, base: type[T], node: object, path: str) -> T | None:
        """Read a component: its name alone, or a mapping of `name` and its fields."""
        kind = kind_of(base)
        words = kind.name.replace("_", " ")
        if isinstance(node, str):
            node = {"name": node}
        if not isinstance(node, Mapping) or "name" not in node:
            names = ", ".join(self.registry.names(kind.name))
            article = "an" if words[0] in "aeiou" else "a"
            shown = "a mapping without 'name'" if isinstance(node, Mapping) else repr(node)
            self.report(path, f"expected {article} {words} (name: one of {names}), got {shown}")
            return None
        try:
            entry = self.registry.entry(kind.name, str(node["name"]))
        except ConfigurationError as error:
            self.report(f"{path}.name" if path else "name", str(error))
            return None
        values = {k: v for k, v in node.items() if k != "name"}
        read = self.fields(entry.component, values, path, f"{words} '{entry.name}'")
        return typing.cast("T | None", read)

    def fields(self, cls: type[T], node: Mapping[Any, Any], path: str, owner: str = "") -> T | None:
        """Read a dataclass from a mapping of its fields."""
        declared = {f.name: f for f in dataclasses.fields(cls) if f.init}  # type: ignore[arg-type]
        try:
            hints = typing.get_type_hints(cls)
        except Exception as error:
            what = f"the types of the fields of {cls.__module__}.{cls.__qualname__}"
            raise PluginError(f"{what} cannot be read: {type(error).__name__}: {error}") from error
        before = len(self.problems)
        for key in node:
            if key not in declared:
                has = f"{owner} has no such key" if owner else "there is no such key"
                self.report(_join(path, key), f"{has}; {nearest(key, declared)}")
        values: dict[str, Any] = {}
        for name, one in declared.items():
            if name in node:
                about = one.metadata.get("hyperparameter", _NOTHING)
                values[name] = self.value(hints[name], node[name], _join(path, name), about)
            elif one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING:
                about = one.metadata.get("hyperparameter", _NOTHING)
                self.report(_join(path, name), f"must be given: {about.doc}")
        if len(self.problems) > before:
            return None
        try:
            return cls(**values)
        except ValueError as error:  # a component's own check of fields against each other
            self.report(path, str(error))
            return None

    def value(self, hint: Any, node: object, path: str, about: FieldInfo = _NOTHING) -> Any:
        """Read one value of a declared type."""
        origin = typing.get_origin(hint)
        if origin in (Union, types.UnionType):
            return self._union(typing.get_args(hint), node, path, about)
        if node == "???":
            self.report(path, f"must be given: {about.doc}")
            return None
        if origin is Literal:
            return self._checked(node, path, dataclasses.replace(about, options=hint.__args__))
        if origin is tuple:
            return self._items(typing.get_args(hint), node, path, about)
        if hint is Any:
            return node
        if isinstance(hint, type) and issubclass(hint, Component):
            return self.component(hint, node, path)
        if hint is float and isinstance(node, int) and not isinstance(node, bool):
            node = float(node)
        if hint not in _WORDS:
            declared = "is declared with a type that no configuration can give"
            self.report(path, f"{declared}, {_name_of(hint)}; expected {_TYPES}")
            return None
        if type(node) is not hint:
            self.report(path, f"expected {_WORDS[hint]}, got {_show(node)}")
            return None
        return self._checked(node, path, about)

    def _union(self, hints: tuple[Any, ...], node: object, path: str, about: FieldInfo) -> Any:
        if node is None and type(None) in hints:
            return None
        rest = [h for h in hints if h is not type(None)]
        components = [h for h in rest if isinstance(h, type) and issubclass(h, Component)]
        plain = [h for h in rest if h not in components]
        named = isinstance(node, Mapping) or (isinstance(node, str) and str not in plain)
        if components and (named or not plain):
            if components == [Schedule] and isinstance(node, str):
                names = ", ".join(self.registry.names("schedule"))
                self.report(path, f"expected a number or a schedule ({names}), got {_show(node)}")
                return None
            return self.component(components[0], node, path)
        fitting = [h for h in plain if _fits(h, node)]
        return self.value((fitting or plain)[0], node, path, about)

    def _items(self, hints: tuple[Any, ...], node: object, path: str, about: FieldInfo) -> Any:
        if not isinstance(node, list | tuple):
            self.report(path, f"expected a list, got {_show(node)}")
            return None
        if len(hints) == 2 and hints[1] is Ellipsis:
            hints = (hints[0],) * len(node)
        if len(node) != len(hints):
            self.report(path, f"expected a list of {len(hints)}, got {_show(node)}")
            return None
        return tuple(
            self.value(hint, item, f"{path}[{i}]", about)
            for i, (hint, item) in enumerate(zip(hints, node, strict=True))
        )

    def _checked(self, node: Any, path: str, about: FieldInfo) -> Any:
        problem = about.problem(node)
        if problem:
            close = f"; {nearest(node, about.options)}" if about.options else ""
            self.report(path, f"{problem}, got {_show(node)}{close}")
        return node


def _fits(hint: Any, node: object) -> bool:
    origin = typing.get_origin(hint)
    if origin is Literal:
        options = typing.get_args(hint)
        return node in options or any(type(node) is type(option) is str for option in options)
    if origin is not None:
        return isinstance(node, list | tuple)
    return type(node) is hint or (hint is float and type(node) is int)


def _name_of(hint: Any) -> str:
    return hint.__qualname__ if isinstance(hint, type) else str(hint)


def _join(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def _show(node: object) -> str:
    text = repr(node) if isinstance(node, str) else str(node)
    return text if len(text) <= 60 else text[:57] + "…"
