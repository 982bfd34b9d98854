"""The numbers of a formula that Numba compiles: elements of arrays, and plain numbers beside them.

In numpy an element keeps its type whatever Python's numbers do to it (float32 times 0.9 is
float32), and numbers among themselves are exact (float64); in Numba everything beside a float64
becomes one. So elements have a type of their own here, `Element`, whose operations are numpy's:
whatever else takes part is rounded to the element's type first. A compiled formula then gives what
the same lines give in numpy, at the width that the processor is fast in.

This file imports Numba, and is imported where formulas are compiled: `formula_loop.py`,
`formula_rows.py`, `row_type.py`.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic, lower_cast, models, overload, register_model

from framework.engine import elementary
from framework.engine.real_code import Real

_INLINED = {"forceinline": True}  # a loop with a call in it is none over vectors


class Element(types.Type):  # type: ignore[misc]
    """An element of an array, float32 or float64."""

    def __init__(self, real: Any) -> None:
        self.real = real
        super().__init__(f"Element({real})")

    def unify(self, typingctx: Any, other: Any) -> Any:
        """Return the type of a variable that is an element here and a number there."""
        return self if isinstance(other, types.Number | types.Boolean) else None

    def can_convert_from(self, typingctx: Any, other: Any) -> Any:
        """Say that a number may stand where an element is expected."""
        safe = isinstance(other, types.Number | types.Boolean)
        return typingctx.can_convert(other, self.real) if safe else None


@register_model(Element)
class _ElementModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, element: Element) -> None:
        super().__init__(manager, element, manager.lookup(element.real).get_value_type())


def as_real(context: Any, builder: Any, value: Any, given: Any, real: Any) -> Any:
    """Return code for an element or a number, rounded to a type."""
    return value if isinstance(given, Element) else context.cast(builder, value, given, real)


@lower_cast(types.Number, Element)  # type: ignore[untyped-decorator]
@lower_cast(types.Boolean, Element)  # type: ignore[untyped-decorator]
def _as_element(context: Any, builder: Any, given: Any, element: Any, value: Any) -> Any:
    """Return code for a variable that begins as a number: ``total = 0.0``."""
    return context.cast(builder, value, given, element.real)


@intrinsic  # type: ignore[untyped-decorator]
def _real(typingctx: Any, x: Any, like: Any) -> Any:
    """Return a number, in the type that an element beside it has."""
    real = like.real if isinstance(like, Element) else x.real if isinstance(x, Element) else None
    if real is None:
        return None

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return as_real(context, builder, arguments[0], x, real)

    return real(x, like), code


@intrinsic  # type: ignore[untyped-decorator]
def _element(typingctx: Any, x: Any) -> Any:
    """Return a number as an element."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return arguments[0]

    return Element(x)(x), code


def _any_element(*given: Any) -> bool:
    return any(isinstance(x, Element) for x in given)


def _of_one(function: Any) -> None:
    def typed(x: Any) -> Any:
        return (lambda x: _element(function(_real(x, x)))) if _any_element(x) else None

    overload(function, strict=False, jit_options=_INLINED)(typed)


def _of_two(function: Any) -> None:
    def typed(x: Any, y: Any) -> Any:
        if not _any_element(x, y):
            return None
        return lambda x, y: _element(function(_real(x, y), _real(y, x)))

    overload(function, strict=False, jit_options=_INLINED)(typed)


def _elementary(function: Any, code_of: Any) -> None:
    @intrinsic  # type: ignore[untyped-decorator]
    def written(typingctx: Any, x: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return code_of(Real(builder, arguments[0])).value

        return x(x), code

    def typed(x: Any) -> Any:
        return (lambda x: written(x)) if isinstance(x, Element) else None

    overload(function, strict=False, jit_options=_INLINED)(typed)


def _comparison(function: Any) -> None:
    def typed(x: Any, y: Any) -> Any:
        return (lambda x, y: function(_real(x, y), _real(y, x))) if _any_element(x, y) else None

    overload(function, strict=False, jit_options=_INLINED)(typed)


_OF_ONE: tuple[Any, ...] = (
    *(np.sqrt, np.abs, np.sign),
    *(abs, operator.neg, operator.pos),
)
_OF_TWO: tuple[Any, ...] = (
    *(operator.add, operator.sub, operator.mul, operator.truediv),
    *(np.maximum, np.minimum),
)
_COMPARISONS: tuple[Any, ...] = (
    *(operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne),
)
for _function in _OF_ONE:
    _of_one(_function)
for _function in (np.exp, np.expm1, np.log, np.log1p, np.tanh):
    _elementary(_function, getattr(elementary, _function.__name__))
for _function in _OF_TWO:
    _of_two(_function)
for _function in _COMPARISONS:
    _comparison(_function)


@overload(operator.pow, strict=False, jit_options=_INLINED)  # type: ignore[untyped-decorator]
def _power(x: Any, y: Any) -> Any:
    if isinstance(y, types.Integer) and _any_element(x):
        return _whole_power
    if _any_element(x, y):
        return lambda x, y: _element(_real(x, y) ** _real(y, x))
    return None


def _whole_power(x: Any, y: Any) -> Any:
    """Return a power; by products where they are few, as C's `pow` is for no vectors."""
    square = x * x
    if y == 2:
        return square
    if y == 3:
        return square * x
    return square * square if y == 4 else _element(_real(x, x) ** _real(y, x))


@overload(np.square, strict=False, jit_options=_INLINED)  # type: ignore[untyped-decorator]
def _square(x: Any) -> Any:
    return (lambda x: x * x) if _any_element(x) else None


@overload(np.clip, strict=False, jit_options=_INLINED)  # type: ignore[untyped-decorator]
def _clip(x: Any, low: Any, high: Any) -> Any:
    if not _any_element(x, low, high):
        return None
    return lambda x, low, high: np.minimum(np.maximum(x, low), high)


@overload(np.where, strict=False, jit_options=_INLINED)  # type: ignore[untyped-decorator]
def _where(condition: Any, x: Any, y: Any) -> Any:
    if not _any_element(x, y):
        return None
    return lambda condition, x, y: _element(_real(x, y) if condition else _real(y, x))
