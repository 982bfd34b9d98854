"""Values to test a component class with: its examples, or its defaults and their neighbours."""

from __future__ import annotations

import contextlib
import dataclasses
import types
import typing
from collections.abc import Iterator
from typing import Any, Literal, Union

from framework.components.base import Component, FieldInfo
from framework.components.schedule import Schedule
from framework.testing.check import UnansweredError
from framework.testing.stand_ins import stand_in

_NOTHING = FieldInfo("")
_MOST = 8


def values_of(cls: type[Component]) -> list[Any]:
    """Give values of a component class to test.

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
    fields = dataclasses.fields(cls)
    hints = typing.get_type_hints(cls)
    given = {
        f.name: made_up(hints[f.name], _about(f), f.name) for f in fields if not _has_default(f)
    }
    try:
        first = cls(**given)
    except ValueError as error:
        if not given:
            raise
        raise UnansweredError(
            f"made-up values do not do: {error}; give the class `examples`"
        ) from error
    found = [first]
    for one in fields:
        now = getattr(first, one.name)
        for other in _neighbours(hints[one.name], _about(one), now):
            try:
                found.append(dataclasses.replace(first, **{one.name: other}))
            except ValueError:  # the component's own check: they do not go together
                continue
    return found[:_MOST]


def variations_of(cls: type[Component]) -> list[Any]:
    """Give values of a class whose every number is another than in those of `values_of`.

    All numbers at once where they go together, else one at a time; none for a class that gives
    examples, which are what it wants to be tested with.
    """
    if cls.examples():
        return []
    first, hints = values_of(cls)[0], typing.get_type_hints(cls)
    other: dict[str, Any] = {}
    for f in dataclasses.fields(cls):
        now = getattr(first, f.name)
        changed = varied(hints[f.name], _about(f), now)
        if changed == now:
            continue
        apart = 1.25 * changed if isinstance(changed, float) else changed
        if changed in other.values() and _about(f).problem(apart) is None:
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


def varied(hint: Any, about: FieldInfo, now: Any) -> Any:
    """Give another number than ``now``, inside its range: of a tuple, of each of its items.

    Larger stays larger: of two numbers that are changed, none overtakes the other.
    """
    if isinstance(now, tuple):
        inner = typing.get_args(hint)
        return tuple(varied(inner[0] if inner else Any, about, v) for v in now)
    for other in _others(hint, about, now):
        if other != now and about.problem(other) is None:
            return other
    return now


def ends(cls: type[Component]) -> list[tuple[str, Any]]:
    """Give each end of a number's range that is part of it: the field, and the number."""
    hints = typing.get_type_hints(cls)
    found: list[tuple[str, Any]] = []
    for f in dataclasses.fields(cls):
        about, kinds = _about(f), (hints[f.name], *typing.get_args(hints[f.name]))
        for edge in (about.at_least, about.at_most):
            if edge is None:
                continue
            if float in kinds:
                found.append((f.name, float(edge)))
            elif int in kinds and typing.get_origin(hints[f.name]) is not tuple:
                found.append((f.name, int(edge)))
    return found


def _others(hint: Any, about: FieldInfo, now: Any) -> Iterator[Any]:
    kinds = (hint, *typing.get_args(hint))
    if isinstance(now, bool) or not isinstance(now, int | float):
        return
    edges = [e for e in (about.above, about.at_least, about.below, about.at_most) if e is not None]
    if isinstance(now, int) and float not in kinds:
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


def made_up(hint: Any, about: FieldInfo, name: str) -> Any:
    """Make up a value of a declared type, inside its range."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        kinds = [a for a in arguments if a is not type(None)]
        return made_up(float if float in kinds else kinds[0], about, name)
    if origin is Literal:
        return arguments[0]
    if origin is tuple:
        return (made_up(arguments[0], about, name),) * 2
    if about.options:
        return about.options[0]
    if isinstance(hint, type) and issubclass(hint, Component):
        return stand_in(hint)
    if hint is bool:
        return False
    if hint is str:
        return "example"
    if hint in (int, float):
        for number in _numbers(hint, about):
            if about.problem(number) is None:
                return number
    raise UnansweredError(f"'{name}' has no default and cannot be made up; give it `examples`")


def scalar_fields(cls: type[Component]) -> list[str]:
    """Name the fields that may be a number or a schedule."""
    hints = typing.get_type_hints(cls)
    return [f.name for f in dataclasses.fields(cls) if Schedule in typing.get_args(hints[f.name])]


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


def switched(hint: Any, about: FieldInfo, now: Any) -> Iterator[Any]:
    """Give the other options of a switch or a choice; of a number, nothing."""
    if isinstance(now, bool | str):
        yield from _neighbours(hint, about, now)


def _neighbours(hint: Any, about: FieldInfo, now: Any) -> Iterator[Any]:
    """Give other values for a field whose default leaves something asleep."""
    if isinstance(now, bool):
        yield not now
    elif now is None or (isinstance(now, float) and now == 0):
        if str in typing.get_args(hint) and not about.options:
            return  # a text made up for one that is not needed may be a folder to write to
        try:
            yield made_up(hint, about, "")
        except UnansweredError:
            return
    elif isinstance(now, str):
        literal = [a for h in (hint, *typing.get_args(hint)) for a in _literals(h)]
        yield from (o for o in (about.options or literal) if o != now)


def _literals(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if typing.get_origin(hint) is Literal else ()


def _about(one: dataclasses.Field[Any]) -> FieldInfo:
    found = one.metadata.get("hyperparameter", _NOTHING)
    return found if isinstance(found, FieldInfo) else _NOTHING


def _has_default(one: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return one.default is not missing or one.default_factory is not missing
