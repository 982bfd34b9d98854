"""A component's fields, their declared types taken apart: to read, describe and make values.

`settings/reader.py` reads a configuration by them, `job=plugins` describes them, the conformance
kit makes values of them; none of them looks at a type by itself.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass
from typing import Any, Literal, Union
from weakref import WeakKeyDictionary

from framework.components.base import Component, FieldInfo

PLAIN: dict[Any, str] = {
    int: "an integer",
    float: "a number",
    bool: "true or false",
    str: "a string",
}
"""The types of single values, and what a message calls them."""

MISSING = "???"
"""How a configuration writes that a value must be given."""

_NONE = dataclasses.MISSING

_hints: WeakKeyDictionary[type[Any], dict[str, Any]] = WeakKeyDictionary()  # to read them is slow


@dataclass(frozen=True)
class FieldType:
    """A declared type.

    >>> FieldType(tuple[int, ...] | None).describe()
    'list of int or null'
    """

    hint: Any

    @property
    def _arguments(self) -> tuple[Any, ...]:
        return typing.get_args(self.hint)

    @property
    def is_union(self) -> bool:
        """Whether it is one of several types, None's perhaps among them."""
        return typing.get_origin(self.hint) in (Union, types.UnionType)

    @property
    def is_optional(self) -> bool:
        """Whether a configuration may say null."""
        return self.is_union and type(None) in self._arguments

    @property
    def members(self) -> tuple[FieldType, ...]:
        """The types of a union, None's left out; of any other type itself alone."""
        if not self.is_union:
            return (self,)
        return tuple(FieldType(hint) for hint in self._arguments if hint is not type(None))

    @property
    def is_literal(self) -> bool:
        """Whether it lists its values."""
        return typing.get_origin(self.hint) is Literal

    @property
    def options(self) -> tuple[Any, ...]:
        """The values that it, or a member of it, lists."""
        return tuple(v for member in self.members if member.is_literal for v in member._arguments)

    @property
    def is_list(self) -> bool:
        """Whether it is a tuple, which a configuration writes as a list."""
        return typing.get_origin(self.hint) is tuple

    def items(self, count: int) -> tuple[FieldType, ...]:
        """Return the types of a tuple's items: `count` of them where any number may be."""
        if len(self._arguments) == 2 and self._arguments[1] is Ellipsis:
            return (FieldType(self._arguments[0]),) * count
        return tuple(map(FieldType, self._arguments))

    @property
    def component(self) -> type[Component] | None:
        """The kind of component that it is, or None."""
        is_one = isinstance(self.hint, type) and issubclass(self.hint, Component)
        return self.hint if is_one else None

    def has(self, hint: Any) -> bool:
        """Whether it is a type, or has it as a member or an item."""
        return self.hint is hint or hint in self._arguments

    def fits(self, value: object) -> bool:
        """Whether a value of a configuration looks meant for it; its range is not looked at."""
        if self.is_literal:
            return value in self.options or (
                isinstance(value, str) and any(isinstance(option, str) for option in self.options)
            )
        if self.is_list:
            return isinstance(value, list | tuple)
        return type(value) is self.hint or (self.hint is float and type(value) is int)

    def shown(self) -> str:
        """Return what a value is called in a message.

        >>> FieldType(tuple[float, ...]).shown(), FieldType(Literal["auto", "off"]).shown()
        ('a list', "'auto' or 'off'")
        """
        if self.is_literal:
            return " or ".join(repr(option) for option in self.options)
        return "a list" if self.is_list else PLAIN.get(self.hint, self.name)

    def is_known(self) -> bool:
        """Whether a configuration can give values of it."""
        if self.is_union:
            return all(member.is_known() for member in self.members)
        if self.is_list:
            return self.items(1)[0].is_known()
        return (
            self.is_literal
            or self.hint is Any
            or self.component is not None
            or (isinstance(self.hint, type) and self.hint in PLAIN)
        )

    def describe(self) -> str:
        """Return it in words, as documentation shows it."""
        if self.is_union:
            return " or ".join(FieldType(hint).describe() for hint in self._arguments)
        if self.is_list:
            return f"list of {self.items(1)[0].describe()}"
        if self.is_literal:
            return " or ".join(map(str, self._arguments))
        if self.component is not None:
            return self.component.__name__.lower()
        return "null" if self.hint is type(None) else self.name

    @property
    def name(self) -> str:
        """The type as Python code names it."""
        return self.hint.__qualname__ if isinstance(self.hint, type) else str(self.hint)


@dataclass(frozen=True)
class DeclaredField:
    """A field of a component, or of another dataclass that a configuration fills.

    Attributes
    ----------
    name, type : as declared.
    info : what it means and which values it may take.
    default : its default; `???`, as a configuration writes it, when it has none.
    has_default : whether a configuration may leave it out.
    is_documented : whether it was declared by `hyperparameter` or its kin.
    """

    name: str
    type: FieldType
    info: FieldInfo
    default: Any
    has_default: bool
    is_documented: bool


def fields_of(cls: type[Any]) -> tuple[DeclaredField, ...]:
    """Return the fields of a dataclass that its constructor takes, in their order."""
    hints = _hints.get(cls)
    if hints is None:
        hints = _hints[cls] = typing.get_type_hints(cls)
    return tuple(
        DeclaredField(
            field.name,
            FieldType(hints[field.name]),
            field.metadata.get("hyperparameter", FieldInfo("")),
            default_of(field),
            field.default is not _NONE or field.default_factory is not _NONE,
            isinstance(field.metadata.get("hyperparameter"), FieldInfo),
        )
        for field in dataclasses.fields(cls)
        if field.init
    )


def default_of(field: dataclasses.Field[Any]) -> Any:
    """Return a field's default value; `???` when it has none."""
    if field.default is not _NONE:
        return field.default
    if field.default_factory is not _NONE:
        return field.default_factory()
    return MISSING
