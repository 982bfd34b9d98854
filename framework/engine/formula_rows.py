"""A loss's formula as one loop over the rows of a batch, compiled by Numba.

The formula is given rows, which it reads and fills number by number (`row_type.py`). This file
imports Numba, and is imported only where no machine code was kept from an earlier process.
"""

from __future__ import annotations

from typing import Any

from numba import njit, types
from numba.extending import intrinsic

from framework.components.formula import Formula, Row
from framework.engine.elements import as_real
from framework.engine.row_type import RowType, make_row

_Z, _TARGETS, _LOSSES, _GRADIENT = range(4)  # the first of the places are addresses
_STRIDES = 4  # then come strides, in elements: of rows and of columns, of z, targets, gradient


def rows_in_llvm(formula: Formula, row: Row, dtype: str) -> tuple[str, str]:
    """Return the loop in LLVM's language, optimized, and the name of its function in there.

    The function takes places (addresses of outputs, targets, losses and gradient, and strides of
    outputs, targets and gradient in elements), numbers in float64 (the factor of the gradient,
    then the formula's), rows, columns, and a number that it does not use.

    Raises
    ------
    numba.core.errors.NumbaError : when the formula does what cannot be compiled.
    """
    real = {"float32": types.float32, "float64": types.float64}[dtype]
    evaluate = _evaluation(njit(error_model="numpy", forceinline=True)(formula), row, real)

    def run(places, numbers, rows, columns, unused):  # type: ignore[no-untyped-def]
        for at in range(rows):
            evaluate(places, numbers, at, columns)

    signature = types.void(
        types.CPointer(types.intp), types.CPointer(types.float64), *(types.intp,) * 3
    )
    options = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    native = njit(signature, **options)(run)
    (result,) = native.overloads.values()
    return native.inspect_llvm(signature.args), result.fndesc.llvm_func_name


def _evaluation(compiled: Any, row: Row, real: Any) -> Any:
    """Return what evaluates a row, and multiplies its gradient by a factor."""
    row_type = RowType(real)

    @njit(error_model="numpy", forceinline=True)  # type: ignore[untyped-decorator]
    def scale(gradient: Any, factor: Any) -> None:
        for k in range(len(gradient)):
            gradient[k] = gradient[k] * factor

    @intrinsic  # type: ignore[untyped-decorator]
    def evaluate(typingctx: Any, places: Any, numbers: Any, at: Any, columns: Any) -> Any:
        target = types.int64 if row.labels else row_type
        asked = [row_type, target, row_type, *(types.float64,) * len(row.numbers)]
        formula_type = typingctx.resolve_value_type(compiled)
        call = formula_type.get_call_type(typingctx, asked, {})
        scale_type = typingctx.resolve_value_type(scale)
        scaling = scale_type.get_call_type(typingctx, [row_type, types.float64], {})
        if not isinstance(call.return_type, types.Number) and not hasattr(call.return_type, "real"):
            raise TypeError(f"it gives {call.return_type}; expected the sample's loss")

        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            places, numbers, at, columns = arguments
            integer = at.type

            def number(k: int) -> Any:
                return builder.load(builder.gep(places, [integer(k)]))

            def row_at(address: int, strides: int) -> Any:
                kind = context.get_value_type(types.CPointer(real))
                first = builder.inttoptr(number(address), kind)
                start = builder.gep(first, [builder.mul(at, number(strides))])
                return make_row(context, builder, row_type, start, number(strides + 1), columns)

            z = row_at(_Z, _STRIDES)
            gradient = row_at(_GRADIENT, _STRIDES + 4)
            if row.labels:
                label = context.get_value_type(types.CPointer(types.int64))
                labels = builder.inttoptr(number(_TARGETS), label)
                place = builder.mul(at, number(_STRIDES + 2))
                compared = builder.load(builder.gep(labels, [place]))
            else:
                compared = row_at(_TARGETS, _STRIDES + 2)
            values = [
                builder.load(builder.gep(numbers, [integer(k)]))
                for k in range(1 + len(row.numbers))
            ]
            function = context.get_function(formula_type, call)
            context.add_linking_libs(getattr(function, "libs", ()))
            loss = function(builder, [z, compared, gradient, *values[1:]])
            into = context.get_value_type(types.CPointer(real))
            losses = builder.inttoptr(number(_LOSSES), into)
            rounded = as_real(context, builder, loss, call.return_type, real)
            builder.store(rounded, builder.gep(losses, [at]))
            scaler = context.get_function(scale_type, scaling)
            context.add_linking_libs(getattr(scaler, "libs", ()))
            scaler(builder, [gradient, values[0]])
            return context.get_dummy_value()

        return types.none(places, numbers, at, columns), code

    return evaluate
