"""Whether a component's fields are read: what its code names, its helpers' included."""

from __future__ import annotations

import dataclasses
import dis
import inspect
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from framework.components.base import Component

_ALL = {"fields", "asdict", "astuple", "replace", "vars", "getattr", "__dict__", "attrgetter"}
"""Names by which code reads fields without naming them."""
_NO_USE = {"__post_init__", "examples", "__init__", "__repr__", "__eq__", "__hash__"}
"""Methods that only look at fields: to check them, to show them, to compare them."""
_STANDS_FOR = {"length": ("steps", "epochs", "share")}
"""Fields of the framework's own bases (`TimedSchedule`), by the property that is read for them."""
_FORMULAS = {"formula", "gradient_formula"}
"""Static methods that are given fields by the names of their parameters."""
_BUILT_IN = "framework.plugins"


def unread_fields(cls: type[Component]) -> list[str]:
    """Return the fields that no code of a component reads: whatever they are, nothing changes."""
    read = _read(cls)
    if read & _ALL:
        return []
    read |= {field for name in read for field in _STANDS_FOR.get(name, ())}
    return [f.name for f in dataclasses.fields(cls) if f.name not in read]


def _read(cls: type[Component]) -> set[str]:
    """Gather every attribute and global that the code of a class and of its helpers names."""
    own = {_package(base) for base in cls.__mro__} - {"framework", "builtins"}
    waiting: list[Any] = [base for base in cls.__mro__ if _package(base) in own]
    read: set[str] = set()
    seen: set[int] = set()
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        for function in _functions(thing):
            if function.__name__ in _FORMULAS:
                read |= set(inspect.signature(function).parameters)
            for code in _codes(function.__code__):
                attributes, names = _loads(code)
                read |= attributes | (names & _ALL)
                helpers = [function.__globals__.get(name) for name in names]
                waiting += [h for h in helpers if _is_code(h) and _package(h) in own]
    return read


def _loads(code: CodeType) -> tuple[set[str], set[str]]:
    """Return the attributes that code reads, methods that it calls apart, and all names it uses."""
    attributes = set()
    for instruction in dis.get_instructions(code):
        called = sys.version_info >= (3, 12) and bool((instruction.arg or 0) & 1)
        if instruction.opname in ("LOAD_ATTR", "LOAD_SUPER_ATTR") and not called:
            attributes.add(str(instruction.argval))
    return attributes, set(code.co_names)


def _functions(thing: Any) -> Iterator[FunctionType]:
    members = [("", thing)] if isinstance(thing, FunctionType) else list(vars(thing).items())
    for name, member in members:
        if name in _NO_USE and issubclass(thing, Component):
            continue
        for part in (member, *(getattr(member, a, None) for a in ("fget", "func", "__func__"))):
            if isinstance(part, FunctionType):
                unwrapped: Any = inspect.unwrap(part)
                yield unwrapped


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _is_code(thing: Any) -> bool:
    return isinstance(thing, FunctionType | type)


def _package(thing: Any) -> str:
    module = str(getattr(thing, "__module__", ""))
    return _BUILT_IN if module.startswith(_BUILT_IN) else module.split(".")[0]
