"""Whether a component's fields do what they are there for: they are read, in all of their range."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from framework.components.base import Component, FieldInfo
from framework.components.callback import Callback
from framework.components.dataset import Dataset
from framework.components.field_type import FieldType, fields_of
from framework.components.layer import Layer
from framework.components.schedule import Schedule
from framework.errors import DataError
from framework.testing.behaviour import behaviour, broken_numbers, same_behaviour
from framework.testing.bound_layer import failure
from framework.testing.check import Check, UnansweredError, expect, promise
from framework.testing.example_values import ends, switched, values_of, variations_of, varied
from framework.testing.fields_read import unread_fields
from framework.testing.tiny_run import expect_runs

_LARGE = 64  # more of something is not made only to see whether that works


@promise("every field is read, and what it says changes what is computed.", of_class=True)
def fields_are_read(cls: type[Component]) -> None:
    unread = unread_fields(cls)
    expect(not unread, f"nothing reads {_list(unread)}: whatever it says, nothing changes")
    try:
        bases = [*values_of(cls), *variations_of(cls)]
        computed = [behaviour(base) for base in bases]
    except UnansweredError:
        raise
    except Exception:  # other checks say so
        return
    if computed[0] is None:
        return
    for field in fields_of(cls):
        tried = 0
        for base, usual in zip(bases, computed, strict=True):
            for other in _others(field.type, field.info, getattr(base, field.name)):
                tried += 1
                if usual is None or _differs(base, {field.name: other}, usual):
                    break
            else:
                continue
            break
        else:
            expect(
                not tried,
                f"whatever '{field.name}' says, it computes the same: {tried} other values tried",
            )


def _others(declared: FieldType, about: FieldInfo, now: Any) -> Iterator[Any]:
    """Return other values of a field, near and far."""
    yield from switched(declared, about, now)
    changed = varied(declared, about, now)
    if changed != now:
        yield changed
    if isinstance(now, bool) or not isinstance(now, int | float):
        return
    whole = isinstance(now, int) and not declared.has(float)
    far: tuple[Any, ...] = (1, 2, 3, 2 * now) if whole else (0.01, now / 100, 10.0 * now, 0.5)
    yield from (v for v in far if v != now and about.problem(v) is None)


def _differs(base: Component, changes: dict[str, Any], usual: Any) -> bool:
    try:
        other = behaviour(dataclasses.replace(base, **changes))
    except Exception:  # that is a difference, too
        return True
    return other is None or not same_behaviour(usual, other)


@promise("at the ends of its fields' ranges it works too, and gives finite numbers.", of_class=True)
def ranges(cls: type[Component]) -> None:
    first = values_of(cls)[0]
    for name, edge in ends(cls):
        if isinstance(edge, int) and edge > _LARGE and not issubclass(cls, Schedule):
            continue
        where = f"with {name}={edge:g}, which its range allows,"
        try:
            changed = dataclasses.replace(first, **{name: edge})
        except ValueError:  # the component's own check: it is not allowed beside the others
            continue
        try:
            problem = _problem(changed)
        except UnansweredError:
            problem = failure(changed) if isinstance(changed, Layer) else ""
            if "ValueError" in problem and _overtakes(first, name, edge):
                continue
        except DataError:
            continue
        except AssertionError as broken:
            problem = str(broken)
        except Exception as error:
            if isinstance(error, ValueError) and _overtakes(first, name, edge):
                continue  # a lower bound above its upper one, say
            problem = f"it raised {type(error).__name__}{f': {error}' if str(error) else ''}"
        expect(not problem, f"{where} {problem}")


def _overtakes(first: Component, name: str, edge: float) -> bool:
    """Whether a field's number, moved to an end, passes that of another field."""
    now = getattr(first, name)
    others = [getattr(first, f.name) for f in dataclasses.fields(first) if f.name != name]
    numbers = [v for v in others if isinstance(v, int | float) and not isinstance(v, bool)]
    return any((now - v) * (edge - v) <= 0 for v in numbers)


def _problem(component: Component) -> str:
    if isinstance(component, Dataset):
        component.load(np.random.default_rng(0)).check()
        return ""
    if isinstance(component, Callback):
        expect_runs(component)
        return ""
    computed = behaviour(component)
    return "" if computed is None else broken_numbers(computed)


def _list(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


CHECKS: tuple[Check, ...] = (fields_are_read, ranges)
