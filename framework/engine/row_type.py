"""A row of an array, as a formula that Numba compiles reads and fills it: ``z[k]``, ``len(z)``.

Its numbers are elements (`elements.py`). Whether there is a number at an index is not looked at, or
loops would not be vectors': a formula is tried in numpy before (`compiled_loss.py`).

This file imports Numba, and is imported by nothing but `formula_rows.py`.
"""

from __future__ import annotations

import operator
from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_model

from framework.engine.elements import Element, as_real


class RowType(types.Type):  # type: ignore[misc]
    """A row of float32 or float64."""

    def __init__(self, real: Any) -> None:
        self.real = real
        super().__init__(f"Row({real})")


@register_model(RowType)
class _RowModel(models.StructModel):  # type: ignore[misc]
    def __init__(self, manager: Any, row: RowType) -> None:
        members = [
            ("first", types.CPointer(row.real)),
            ("stride", types.intp),
            ("count", types.intp),
        ]
        super().__init__(manager, row, members)


def make_row(context: Any, builder: Any, row: RowType, first: Any, stride: Any, count: Any) -> Any:
    """Return code for a row: where it begins, how far apart its numbers lie, and how many."""
    made = cgutils.create_struct_proxy(row)(context, builder)
    made.first, made.stride, made.count = first, stride, count
    return made._getvalue()


def _place(context: Any, builder: Any, row: Any, given: Any, k: Any) -> Any:
    """Return code for where a number of a row lies; before 0 they count from the end."""
    parts = cgutils.create_struct_proxy(row)(context, builder, given)
    from_the_end = builder.icmp_signed("<", k, parts.count.type(0))
    k = builder.select(from_the_end, builder.add(k, parts.count), k)
    return builder.gep(parts.first, [builder.mul(k, parts.stride)])


@intrinsic  # type: ignore[untyped-decorator]
def _read(typingctx: Any, row: Any, k: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        at = context.cast(builder, arguments[1], k, types.intp)
        return builder.load(_place(context, builder, row, arguments[0], at))

    return Element(row.real)(row, k), code


@intrinsic  # type: ignore[untyped-decorator]
def _write(typingctx: Any, row: Any, k: Any, x: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        at = context.cast(builder, arguments[1], k, types.intp)
        number = as_real(context, builder, arguments[2], x, row.real)
        builder.store(number, _place(context, builder, row, arguments[0], at))
        return context.get_dummy_value()

    return types.none(row, k, x), code


@intrinsic  # type: ignore[untyped-decorator]
def _count(typingctx: Any, row: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return cgutils.create_struct_proxy(row)(context, builder, arguments[0]).count

    return types.intp(row), code


@overload(operator.getitem, strict=False)  # type: ignore[untyped-decorator]
def _getitem(row: Any, k: Any) -> Any:
    both = isinstance(row, RowType) and isinstance(k, types.Integer)
    return (lambda row, k: _read(row, k)) if both else None


@overload(operator.setitem, strict=False)  # type: ignore[untyped-decorator]
def _setitem(row: Any, k: Any, x: Any) -> Any:
    both = isinstance(row, RowType) and isinstance(k, types.Integer)
    return (lambda row, k, x: _write(row, k, x)) if both else None


@overload(len, strict=False)  # type: ignore[untyped-decorator]
def _len(row: Any) -> Any:
    return (lambda row: _count(row)) if isinstance(row, RowType) else None
