"""What every component promises, of whatever kind: to be a documented, checked, frozen value."""

from __future__ import annotations

import copy
import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any

from framework.components.base import Component
from framework.components.field_type import fields_of
from framework.components.job import Job
from framework.components.kinds import kind_of
from framework.registry.registry import Registry
from framework.settings.reader import Reader
from framework.testing.check import Check, expect, promise
from framework.testing.checks import fields as field_checks
from framework.testing.tiny_run import registry_with

_STATED_BY = {
    **dict.fromkeys(("step", "forward", "evaluate"), "formula"),
    "input_gradient": "gradient_formula",
}
_MAY_LACK = ("expression",)  # only an export needs it, and says so


@promise("the class has a docstring that says what it is.", of_class=True)
def documented(cls: type[Component]) -> None:
    written = vars(cls).get("__doc__") or ""
    made = written.startswith(f"{cls.__name__}(")  # what dataclass writes where there is none
    expect(bool(written.strip()) and not made, "the class has no docstring")


@promise(
    "every field says what it means, and has a type and a default that a configuration takes.",
    of_class=True,
)
def fields(cls: type[Component]) -> None:
    reader = Reader(Registry())
    for field in fields_of(cls):
        expect(
            field.is_documented and bool(field.info.doc.strip()),
            f"the field '{field.name}' does not say what it means; declare it with"
            " hyperparameter(default, 'meaning') or one of its kin",
        )
        expect(
            field.type.is_known(),
            f"the field '{field.name}' has the type {field.type.name}, which no configuration can"
            " give",
        )
        parts = field.default if isinstance(field.default, tuple) else (field.default,)
        if not field.has_default or any(isinstance(part, Component) for part in parts):
            continue
        reader.value(field.type.hint, _plain(field.default), field.name, field.info)
        expect(
            not reader.problems,
            f"the default of {'; '.join(reader.problems)}",
        )


@promise("it is a value: frozen, equal to its copy, hashable, printable, without hidden state.")
def value(component: Component) -> None:
    own = {f.name for f in dataclasses.fields(component)}
    hidden = sorted(set(vars(component)) - own)
    expect(not hidden, f"it keeps {hidden} beside its fields")
    for twin in (dataclasses.replace(component), copy.copy(component)):
        expect(twin == component, "it is not equal to its copy")
    expect(hash(component) == hash(dataclasses.replace(component)), "its copy has another hash")
    expect(type(component).__name__ in repr(component), f"it prints as {component!r}")


@promise(
    "methods are the kind's own, with its arguments; none is missing, and no field hides one.",
    of_class=True,
)
def methods(cls: type[Component]) -> None:
    base = kind_of(cls).base
    hidden = [f.name for f in dataclasses.fields(cls) if hasattr(base, f.name)]
    expect(not hidden, f"the field {hidden} has the name of something that every {base.__name__}"
           " has, and hides it")  # fmt: skip
    for name, original in vars(base).items():
        if name.startswith("_") or not inspect.isfunction(original):
            continue
        given = getattr(cls, name)
        raises = "NotImplementedError" in original.__code__.co_names
        stated = getattr(cls, _STATED_BY.get(name, ""), None) is not None
        needed = raises and name not in _MAY_LACK and not stated
        expect(given is not original or not needed, f"it has no method '{name}'")
        expect(inspect.isfunction(given), f"'{name}' is no method, but {given!r}")
        wanted = list(inspect.signature(original).parameters)
        if wanted == ["self", "args", "kwargs"]:  # `Metric.start`, with or without its last one
            expect(
                _takes(given, 3) or _takes(given, 2),
                f"{name}({', '.join(inspect.signature(given).parameters)}) should be"
                f" {name}(self, outputs) or {name}(self, outputs, rows)",
            )
            continue
        expect(
            _takes(given, len(wanted)),
            f"{name}({', '.join(inspect.signature(given).parameters)}) should be"
            f" {name}({', '.join(wanted)})",
        )


@promise("read from a configuration of its name and fields, it is the same value.")
def configuration(component: Component) -> None:
    registry = registry_with(component)
    node = _node(registry, component)
    reader = Reader(registry)
    if isinstance(component, Job):  # named by the key `job`, so its fields may be called anything
        given = {f.name: node[f.name] for f in dataclasses.fields(component)}
        read: object = reader.fields(type(component), given, "")
    else:
        read = reader.component(type(component), node, "")
    expect(not reader.problems, "; ".join(reader.problems))
    expect(read == component, f"{node} became {read!r}")


def _takes(function: Any, count: int) -> bool:
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    return True


def _node(registry: Registry, component: Component) -> Mapping[str, Any]:
    node = {"name": registry.name_of(component)}
    for field in dataclasses.fields(component):
        node[field.name] = _written(registry, getattr(component, field.name))
    return node


def _written(registry: Registry, given: Any) -> Any:
    if isinstance(given, Component):
        return _node(registry, given)
    if isinstance(given, tuple | list):
        return [_written(registry, v) for v in given]
    return given


def _plain(given: Any) -> Any:
    return list(given) if isinstance(given, tuple) else given


CHECKS: tuple[Check, ...] = (
    documented,
    fields,
    value,
    methods,
    configuration,
    *field_checks.CHECKS,
)
