"""Values to test a component class with: its examples, or its defaults and their neighbours."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Any

from framework.components.base import Component, FieldInfo
from framework.components.field_type import FieldType, fields_of
from framework.components.schedule import Schedule
from framework.testing.check import UnansweredError
from framework.testing.stand_ins import stand_in

_MOST = 8


def values_of(cls: type[Component]) -> list[Any]:
    """Return values of a component class to test.

    Its `examples`, where it has some. Else one with its defaults, whatever has none made up from
    type and range; then, one at a time, what the defaults leave asleep: a strength of 0 made
    larger, a switch turned, another option, None replaced.

    Raises
    ------
    UnansweredError : when a field without a default cannot be made up.
    """
    examples = list(cls.examples())
    if examples:
        return examples
    fields = fields_of(cls)
    given = {f.name: made_up(f.type, f.info, f.name) for f in fields if not f.has_default}
    try:
        first = cls(**given)
    except ValueError as error:
        if not given:
            raise
        raise UnansweredError(
            f"made-up values do not do: {error}; give the class `examples`"
        ) from error
    values = [first]
    for field in fields:
        for other in _neighbours(field.type, field.info, getattr(first, field.name)):
            with contextlib.suppress(ValueError):  # its own check: they do not go together
                values.append(dataclasses.replace(first, **{field.name: other}))
    return values[:_MOST]


def variations_of(cls: type[Component]) -> list[Any]:
    """Return values of a class whose every number is another than in those of `values_of`.

    All numbers at once where they go together, else one at a time; none for a class that gives
    examples, which are what it wants to be tested with.
    """
    if cls.examples():
        return []
    first = values_of(cls)[0]
    other: dict[str, Any] = {}
    for f in fields_of(cls):
        now = getattr(first, f.name)
        changed = varied(f.type, f.info, now)
        if changed == now:
            continue
        apart = 1.25 * changed if isinstance(changed, float) else changed
        if changed in other.values() and f.info.problem(apart) is None:
            changed = apart  # of two equal numbers, the wrong one may be read
        other[f.name] = changed
    made: list[Any] = []
    for changes in ([other] if len(other) > 1 else []) or [{k: v} for k, v in other.items()]:
        with contextlib.suppress(ValueError):  # the component's own check: they do not go together
            made.append(dataclasses.replace(first, **changes))
    if other and not made:
        for name, changed in other.items():
            with contextlib.suppress(ValueError):
                made.append(dataclasses.replace(first, **{name: changed}))
    return made[:_MOST]


def varied(declared: FieldType, about: FieldInfo, now: Any) -> Any:
    """Return another number than ``now``, inside its range: of a tuple, of each of its items.

    Larger stays larger: of two numbers that are changed, none overtakes the other.
    """
    if isinstance(now, tuple):
        item = declared.items(1)[0] if declared.is_list else FieldType(Any)
        return tuple(varied(item, about, v) for v in now)
    for other in _others(declared, about, now):
        if other != now and about.problem(other) is None:
            return other
    return now


def ends(cls: type[Component]) -> list[tuple[str, Any]]:
    """Return each end of a number's range that is part of it: the field, and the number."""
    edges: list[tuple[str, Any]] = []
    for f in fields_of(cls):
        for edge in (f.info.at_least, f.info.at_most):
            if edge is None:
                continue
            if f.type.has(float):
                edges.append((f.name, float(edge)))
            elif f.type.has(int) and not f.type.is_list:
                edges.append((f.name, int(edge)))
    return edges


def _others(declared: FieldType, about: FieldInfo, now: Any) -> Iterator[Any]:
    if isinstance(now, bool) or not isinstance(now, int | float):
        return
    edges = [e for e in (about.above, about.at_least, about.below, about.at_most) if e is not None]
    if isinstance(now, int) and not declared.has(float):
        if now >= 0:
            yield now + max(1, now // 4)
            yield now - 1
        return
    size, sign = abs(float(now)), -1.0 if now < 0 else 1.0
    if size == 0:
        yield 0.02
    elif size < 0.01:
        yield 0.03 * sign
    elif size < 1:
        middle = 0.4 * size + 0.25
        yield sign * (middle if abs(middle - size) > 0.05 else 0.7 * size)
    else:
        yield 1.5 * sign * size
    yield from (now + 0.5 * (edge - now) for edge in edges)


def made_up(declared: FieldType, about: FieldInfo, name: str) -> Any:
    """Make up a value of a declared type, inside its range."""
    if declared.is_union:
        members = declared.members
        return made_up(next((m for m in members if m.hint is float), members[0]), about, name)
    if declared.is_literal:
        return declared.options[0]
    if declared.is_list:
        return (made_up(declared.items(1)[0], about, name),) * 2
    if about.options:
        return about.options[0]
    if declared.component is not None:
        return stand_in(declared.component)
    if declared.hint is bool:
        return False
    if declared.hint is str:
        return "example"
    if declared.hint in (int, float):
        for number in _numbers(declared.hint, about):
            if about.problem(number) is None:
                return number
    raise UnansweredError(f"'{name}' has no default and cannot be made up; give it `examples`")


def scalar_fields(cls: type[Component]) -> list[str]:
    """Return the names of the fields that may be a number or a schedule."""
    return [f.name for f in fields_of(cls) if f.type.is_union and f.type.has(Schedule)]


def _numbers(hint: type, about: FieldInfo) -> Iterator[Any]:
    if hint is int:
        low = about.at_least if about.at_least is not None else about.above
        yield 3
        if low is not None:
            yield int(low) + 1
        if about.at_most is not None:
            yield int(about.at_most)
        yield from range(-2, 3)
    else:
        edges = (about.above, about.at_least, about.below, about.at_most)
        known = [e for e in edges if e is not None]
        yield from (0.3, 1.0)
        if len(known) > 1:
            yield (min(known) + max(known)) / 2
        yield from (known[0] + d for d in (1.0, -1.0) if known)


def switched(declared: FieldType, about: FieldInfo, now: Any) -> Iterator[Any]:
    """Return the other options of a switch or a choice; of a number, nothing."""
    if isinstance(now, bool | str):
        yield from _neighbours(declared, about, now)


def _neighbours(declared: FieldType, about: FieldInfo, now: Any) -> Iterator[Any]:
    """Return other values for a field whose default leaves something asleep."""
    if isinstance(now, bool):
        yield not now
    elif now is None or (isinstance(now, float) and now == 0):
        if declared.is_union and declared.has(str) and not about.options:
            return  # a string made up for one that is not needed may be a folder to write to
        try:
            yield made_up(declared, about, "")
        except UnansweredError:
            return
    elif isinstance(now, str):
        yield from (o for o in (about.options or declared.options) if o != now)
