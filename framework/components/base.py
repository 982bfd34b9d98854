"""The base of everything a configuration can name, and how its fields are declared.

A component is a frozen dataclass: its fields are exactly the keys its configuration may have.
Each field is declared with its default, what it means and the values it may take, so that
checking, help and documentation all come from the one declaration:

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True)
... class Momentum(Component):
...     learning_rate: float = positive(0.1, "step size η")
...     momentum: float = fraction(0.9, "share of the old velocity that is kept")
>>> Momentum(learning_rate=0.5)
Momentum(learning_rate=0.5, momentum=0.9)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any, Self

from numpy.typing import NDArray

Array = NDArray[Any]
Shape = tuple[int, ...]

REQUIRED: Any = MISSING


@dataclass(frozen=True)
class Component:
    """A value that a configuration can name; state lives with the core, never in here."""

    @classmethod
    def examples(cls) -> Sequence[Self]:
        """Return values to test it with, where defaults and ranges alone do not make one."""
        return ()

    def __str__(self) -> str:
        """Return its class and its fields, without those that are off."""
        values = ", ".join(f"{name}={value}" for name, value in telling_fields(self).items())
        return f"{type(self).__name__}({values})"


def telling_fields(component: Component) -> dict[str, Any]:
    """Return a component's fields by name, without those that are off: 0, false or null by default.

    >>> telling_fields(Component())
    {}
    """
    values = {declared.name: getattr(component, declared.name) for declared in fields(component)}
    off = {
        declared.name
        for declared in fields(component)
        if _is_off(declared.default) and _is_off(values[declared.name])
    }
    return {name: value for name, value in values.items() if name not in off}


def _is_off(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not value)


@dataclass(frozen=True)
class FieldInfo:
    """What a field means and which values it may take."""

    doc: str
    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None
    options: tuple[object, ...] = ()

    def problem(self, value: object) -> str | None:
        """Return what is wrong with a value of the right type, or None."""
        if self.options and not any(type(o) is type(value) and o == value for o in self.options):
            return f"must be {self.range()}"
        if not isinstance(value, int | float) or isinstance(value, bool):
            return None
        if not math.isfinite(value):
            return "must be a finite number"
        inside = (
            (self.above is None or value > self.above)
            and (self.at_least is None or value >= self.at_least)
            and (self.below is None or value < self.below)
            and (self.at_most is None or value <= self.at_most)
        )
        return None if inside else f"must be {self.range()}"

    def over_time(self) -> FieldInfo:
        """Return the range for values that change: they may begin or end at the lower bound.

        >>> FieldInfo("a rate that is warmed up from 0", above=0).over_time().problem(0.0)
        """
        lowest = self.above if self.at_least is None else self.at_least
        return replace(self, above=None, at_least=lowest)

    def range(self) -> str:
        """Return the allowed values in words, '' when every value is allowed.

        >>> FieldInfo("", above=0, at_most=1).range()
        'greater than 0 and at most 1'
        """
        if self.options:
            return "one of " + ", ".join(map(str, self.options))
        words = (
            ("greater than", self.above),
            ("at least", self.at_least),
            ("less than", self.below),
            ("at most", self.at_most),
        )
        return " and ".join(f"{w} {b:g}" for w, b in words if b is not None)


def hyperparameter(
    default: Any,
    doc: str,
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
    options: Sequence[str] = (),
) -> Any:
    """Declare a field of a component.

    Parameters
    ----------
    default : the value when the configuration is silent, or ``REQUIRED``.
    doc : what the field means, in one line.
    above, at_least, below, at_most : bounds; a number outside them is refused.
    options : the only strings allowed.
    """
    about = FieldInfo(doc, above, at_least, below, at_most, tuple(options))
    metadata = {"hyperparameter": about}
    if isinstance(default, list | dict):
        return field(default_factory=lambda: type(default)(default), metadata=metadata)
    return field(default=default, metadata=metadata)


def positive(default: Any, doc: str) -> Any:
    """Declare a number greater than 0."""
    return hyperparameter(default, doc, above=0)


def non_negative(default: Any, doc: str) -> Any:
    """Declare a number that is 0 or greater."""
    return hyperparameter(default, doc, at_least=0)


def fraction(default: Any, doc: str) -> Any:
    """Declare a number from 0 up to, but not including, 1."""
    return hyperparameter(default, doc, at_least=0, below=1)
