"""A loss's formula as one loop over the rows of a batch, compiled by Numba.

The formula is given rows, which it reads and fills number by number (`row_type.py`). Outputs lie
class by class in memory, a sample's numbers far apart: some samples at a time are copied to where
each is in one line, and their gradients back.

This file imports Numba, and is imported only where no machine code was kept from before.
"""

from __future__ import annotations

from typing import Any

from numba import njit, types
from numba.extending import intrinsic

from framework.components.formula import Formula, Row
from framework.engine.elements import as_real
from framework.engine.formula_loop import in_llvm
from framework.engine.row_type import RowType, make_row


def rows_in_llvm(formula: Formula, row: Row, dtype: str) -> tuple[str, str]:
    """Return the loop in LLVM's language, optimized, and the name of its function in there.

    The function takes places, numbers in float64 (the factor of the gradient, then the formula's),
    rows, columns, and a number that it does not use. Places are the addresses of outputs, targets,
    losses, gradient, and of room for twice `Row.at_once` rows; then, in elements, the distances
    from row to row and from column to column of outputs and gradient. Targets lie row by row.

    Raises
    ------
    numba.core.errors.NumbaError : when the formula does what cannot be compiled.
    """
    real = {"float32": types.float32, "float64": types.float64}[dtype]
    pointer, at_once = _pointer_to(real), row.at_once
    evaluate = _evaluation(njit(error_model="numpy", forceinline=True)(formula), row, real)

    def run(places, numbers, rows, columns, unused):  # type: ignore[no-untyped-def]
        z, losses, gradient, line = (
            pointer(places, 0),
            pointer(places, 2),
            pointer(places, 3),
            pointer(places, 4),
        )
        z_row, z_column, g_row, g_column = places[5], places[6], places[7], places[8]
        factor, behind = numbers[0], at_once * columns
        for start in range(0, rows, at_once):
            count = min(at_once, rows - start)
            for c in range(columns):
                for r in range(count):
                    line[r * columns + c] = z[(start + r) * z_row + c * z_column]
            for r in range(count):
                loss = evaluate(places, numbers, start + r, r * columns, behind, columns)
                losses[start + r] = loss
            for c in range(columns):
                for r in range(count):
                    g = line[behind + r * columns + c] * real(factor)
                    gradient[(start + r) * g_row + c * g_column] = g

    return in_llvm(run)


def _pointer_to(real: Any) -> Any:
    """Return what makes a pointer to numbers of one of the addresses."""

    @intrinsic  # type: ignore[untyped-decorator]
    def pointer(typingctx: Any, places: Any, at: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            address = builder.load(builder.gep(arguments[0], [arguments[1]]))
            return builder.inttoptr(address, context.get_value_type(types.CPointer(real)))

        return types.CPointer(real)(places, types.intp), code

    return pointer


def _evaluation(compiled: Any, row: Row, real: Any) -> Any:
    """Return what evaluates a sample; its outputs lie side by side, and so does its gradient."""
    row_type = RowType(real)

    @intrinsic  # type: ignore[untyped-decorator]
    def evaluate(
        typingctx: Any, places: Any, numbers: Any, at: Any, start: Any, behind: Any, columns: Any
    ) -> Any:
        target = types.int64 if row.labels else row_type
        asked = [row_type, target, row_type, *(types.float64,) * len(row.numbers)]
        formula_type = typingctx.resolve_value_type(compiled)
        call = formula_type.get_call_type(typingctx, asked, {})
        if not isinstance(call.return_type, types.Number) and not hasattr(call.return_type, "real"):
            raise TypeError(f"it gives {call.return_type}; expected the sample's loss")

        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            places, numbers, at, start, behind, columns = arguments
            integer = at.type

            def pointer(k: int, kind: Any) -> Any:
                address = builder.load(builder.gep(places, [integer(k)]))
                return builder.inttoptr(address, context.get_value_type(types.CPointer(kind)))

            def line(first: Any) -> Any:
                return make_row(context, builder, row_type, first, integer(1), columns)

            room = pointer(4, real)
            z = line(builder.gep(room, [start]))
            gradient = line(builder.gep(room, [builder.add(start, behind)]))
            if row.labels:
                compared = builder.load(builder.gep(pointer(1, types.int64), [at]))
            else:
                first = builder.gep(pointer(1, real), [builder.mul(at, columns)])
                compared = line(first)
            values = [
                builder.load(builder.gep(numbers, [integer(k)]))
                for k in range(1, 1 + len(row.numbers))
            ]
            function = context.get_function(formula_type, call)
            context.add_linking_libs(getattr(function, "libs", ()))
            loss = function(builder, [z, compared, gradient, *values])
            return as_real(context, builder, loss, call.return_type, real)

        return real(places, numbers, at, start, behind, columns), code

    return evaluate
