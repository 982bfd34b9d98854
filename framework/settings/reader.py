"""From plain configuration to typed values: a component's fields are the schema.

`Reader` turns dicts and lists into dataclasses, checking every key, type and range on the way. It
does not stop at the first mistake: it collects them all, each as one line that begins with the key.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from framework.components.base import FieldInfo
from framework.components.constraint import Constraint
from framework.components.field_type import MISSING, PLAIN, FieldType, fields_of
from framework.components.kinds import kind_of
from framework.components.regularizer import Regularizer
from framework.components.schedule import Scalar, Schedule
from framework.errors import ConfigurationError, PluginError
from framework.registry.registry import Registry
from framework.text import nearest

T = TypeVar("T")
_NOTHING = FieldInfo("")
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
        label = kind.name.replace("_", " ")
        if isinstance(node, str):
            node = {"name": node}
        if not isinstance(node, Mapping) or "name" not in node:
            names = ", ".join(self.registry.names(kind.name))
            article = "an" if label[0] in "aeiou" else "a"
            shown = "a mapping without 'name'" if isinstance(node, Mapping) else repr(node)
            self.report(path, f"expected {article} {label} (name: one of {names}), got {shown}")
            return None
        try:
            entry = self.registry.entry(kind.name, str(node["name"]))
        except ConfigurationError as error:
            self.report(f"{path}.name" if path else "name", str(error))
            return None
        values = {k: v for k, v in node.items() if k != "name"}
        read = self.fields(entry.component, values, path, f"{label} '{entry.name}'")
        return typing.cast("T | None", read)

    def fields(self, cls: type[T], node: Mapping[Any, Any], path: str, owner: str = "") -> T | None:
        """Read a dataclass from a mapping of its fields."""
        try:
            declared = {known.name: known for known in fields_of(cls)}
        except Exception as error:
            what = f"the types of the fields of {cls.__module__}.{cls.__qualname__}"
            raise PluginError(f"{what} cannot be read: {type(error).__name__}: {error}") from error
        before = len(self.problems)
        for key in node:
            if key not in declared:
                has = f"{owner} has no such key" if owner else "there is no such key"
                self.report(_join(path, key), f"{has}; {nearest(key, declared)}")
        values: dict[str, Any] = {}
        for name, known in declared.items():
            if name in node:
                may_change = issubclass(cls, Regularizer | Constraint) and known.type.hint is float
                declared_type = FieldType(Scalar) if may_change else known.type
                values[name] = self._value(declared_type, node[name], _join(path, name), known.info)
            elif not known.has_default:
                self.report(_join(path, name), f"must be given: {known.info.doc}")
        if len(self.problems) > before:
            return None
        try:
            return cls(**values)
        except ValueError as error:  # a component's own check of fields against each other
            self.report(path, str(error))
            return None
        except TypeError as error:  # the same, where there is a schedule for a number
            if not any(isinstance(v, Schedule) for v in values.values()):
                raise
            self.report(path, f"{owner} takes no schedule: {error}")
            return None

    def value(self, hint: Any, node: object, path: str, about: FieldInfo = _NOTHING) -> Any:
        """Read one value of a declared type."""
        return self._value(FieldType(hint), node, path, about)

    def _value(self, declared: FieldType, node: object, path: str, about: FieldInfo) -> Any:
        if declared.is_union:
            return self._member(declared, node, path, about)
        if node == MISSING:
            self.report(path, f"must be given: {about.doc}")
            return None
        if declared.is_literal:
            about = dataclasses.replace(about, options=declared.options)
            return self._checked(node, path, about)
        if declared.is_list:
            return self._items(declared, node, path, about)
        if declared.hint is Any:
            return node
        if declared.component is not None:
            return self.component(declared.component, node, path)
        if not declared.is_known():
            problem = "is declared with a type that no configuration can give"
            self.report(path, f"{problem}, {declared.name}; expected {_TYPES}")
            return None
        if declared.hint is float and type(node) is int:
            node = float(node)
        if type(node) is not declared.hint:
            self.report(
                path, f"expected {PLAIN[declared.hint]}, got {_show(node)}{self._why(node)}"
            )
            return None
        return self._checked(node, path, about)

    def _why(self, node: object) -> str:
        """Return words for it when a schedule stands where none can."""
        name = node.get("name") if isinstance(node, Mapping) else node
        is_schedule = isinstance(name, str) and name in self.registry.names("schedule")
        return "; this one cannot be a schedule" if is_schedule else ""

    def _member(self, union: FieldType, node: object, path: str, about: FieldInfo) -> Any:
        """Read a value of one of several types."""
        if node is None and union.is_optional:
            return None
        components = [m.component for m in union.members if m.component is not None]
        plain = [member for member in union.members if member.component is None]
        named = isinstance(node, Mapping) or (
            isinstance(node, str) and all(member.hint is not str for member in plain)
        )
        if components and (named or not plain):
            names = self.registry.names("schedule")
            if components == [Schedule] and isinstance(node, str) and node not in names:
                near = nearest(node, names, among="a schedule is one of")
                self.report(path, f"expected a number or a schedule, got {_show(node)}; {near}")
                return None
            return self.component(components[0], node, path)
        fitting = [member for member in plain if member.fits(node)]
        if not fitting and len(plain) > 1:
            kinds = " or ".join(member.shown() for member in plain)
            self.report(path, f"expected {kinds}, got {_show(node)}{self._why(node)}")
            return None
        return self._value((fitting or plain)[0], node, path, about)

    def _items(self, declared: FieldType, node: object, path: str, about: FieldInfo) -> Any:
        if not isinstance(node, list | tuple):
            self.report(path, f"expected a list, got {_show(node)}")
            return None
        types = declared.items(len(node))
        if len(node) != len(types):
            self.report(path, f"expected a list of {len(types)}, got {_show(node)}")
            return None
        return tuple(
            self._value(item_type, item, f"{path}[{i}]", about)
            for i, (item_type, item) in enumerate(zip(types, node, strict=True))
        )

    def _checked(self, node: Any, path: str, about: FieldInfo) -> Any:
        problem = about.problem(node)
        if problem:
            close = f"; {nearest(node, about.options)}" if about.options else ""
            self.report(path, f"{problem}, got {_show(node)}{close}")
        return node


def _join(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def _show(node: object) -> str:
    text = repr(node) if isinstance(node, str) else str(node)
    return text if len(text) <= 60 else text[:57] + "…"
