"""A formula as one loop over arrays, compiled by Numba: what the machine code is made of.

All lines of the formula are applied to an element before the next one is looked at, so that each
array is read and written once. The loop promises the compiler that the arrays do not overlap (rows
of a `parameter_store.Block`), without which it would not use the processor's vectors.

This file imports Numba, which takes a quarter of a second; it is imported only where no machine
code was kept from an earlier process (`machine_code.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from framework.components.formula import Formula, Loop
from framework.engine.elements import Element, as_real


def loop_in_llvm(formula: Formula, loop: Loop, dtype: str) -> tuple[str, str]:
    """Return a loop in LLVM's language, optimized, and the name of its function in there.

    The function takes addresses of arrays, numbers in float64 (the share of itself that an array
    loses first, then the formula's), rows, columns, and elements from one row to the next.

    Raises
    ------
    numba.core.errors.NumbaError : when the formula does what cannot be compiled.
    """
    real = {"float32": types.float32, "float64": types.float64}[dtype]
    compiled = njit(error_model="numpy", forceinline=True)(formula)
    pointers, given, move = _parts(compiled, loop, real)

    def run(addresses, numbers, rows, columns, stride):  # type: ignore[no-untyped-def]
        arrays, values = pointers(addresses), given(numbers)
        for row in range(rows):
            start = row * stride
            for at in range(start, start + columns):
                move(arrays, values, at)

    return in_llvm(run)


def in_llvm(run: Any) -> tuple[str, str]:
    """Return in LLVM's language a function of addresses, numbers and three sizes, and its name."""
    signature = types.void(
        types.CPointer(types.intp), types.CPointer(types.float64), *(types.intp,) * 3
    )
    options = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    native = njit(signature, **options)(run)
    (result,) = native.overloads.values()
    return native.inspect_llvm(signature.args), result.fndesc.llvm_func_name


def _parts(compiled: Any, loop: Loop, real: Any) -> tuple[Any, Any, Any]:
    """Return what the loop is made of: arrays of addresses, numbers, and the move of an element."""
    held = list(loop.arrays)
    tuple_of_pointers = types.UniTuple(types.CPointer(real), len(held))
    count = 1 + len(loop.numbers)
    tuple_of_numbers = types.UniTuple(types.float64, count)

    @intrinsic  # type: ignore[untyped-decorator]
    def pointers(typingctx: Any, addresses: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            to = context.get_value_type(types.CPointer(real))
            values = [builder.inttoptr(v, to) for v in _read(builder, arguments[0], len(held))]
            return context.make_tuple(builder, tuple_of_pointers, values)

        return tuple_of_pointers(addresses), code

    @intrinsic  # type: ignore[untyped-decorator]
    def given(typingctx: Any, numbers: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            values = _read(builder, arguments[0], count)
            return context.make_tuple(builder, tuple_of_numbers, values)

        return tuple_of_numbers(numbers), code

    @intrinsic  # type: ignore[untyped-decorator]
    def move(typingctx: Any, arrays: Any, values: Any, at: Any) -> Any:
        of = {name: Element(real) for name in held} | dict.fromkeys(loop.numbers, types.float64)
        formula_type = typingctx.resolve_value_type(compiled)
        asked = [of.get(name, types.none) for name in loop.names]
        call = formula_type.get_call_type(typingctx, asked, {})
        made = list(call.return_type) if isinstance(call.return_type, types.BaseTuple) else None
        written = loop.written
        if (1 if made is None else len(made)) != len(written):
            raise TypeError(f"it does not give {', '.join(written)}")

        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            places = dict(zip(held, cgutils.unpack_tuple(builder, arguments[0]), strict=True))
            places = {name: builder.gep(place, [arguments[2]]) for name, place in places.items()}
            scopes = _Scopes(builder.module, held)
            known = {n: scopes.mark(builder.load(place), n) for n, place in places.items()}
            share, *numbers = cgutils.unpack_tuple(builder, arguments[1])
            if loop.decayed is not None:
                p = known[loop.decayed]
                known[loop.decayed] = _decayed(context, builder, p, share, real)
            known |= dict(zip(loop.numbers, numbers, strict=True))
            dummy = context.get_dummy_value()
            function = context.get_function(formula_type, call)
            context.add_linking_libs(getattr(function, "libs", ()))
            result = function(builder, [known.get(name, dummy) for name in loop.names])
            results = [result] if made is None else cgutils.unpack_tuple(builder, result)
            kinds = [call.return_type] if made is None else made
            for name, value, kind in zip(written, results, kinds, strict=True):
                if name in places:
                    number = as_real(context, builder, value, kind, real)
                    scopes.mark(builder.store(number, places[name]), name)
            return dummy

        return types.none(arrays, values, at), code

    return pointers, given, move


def _decayed(context: Any, builder: Any, p: Any, share: Any, real: Any) -> Any:
    """Return code for ``p − share p``, as `update_rule.decay_weights` does it."""
    rounded = context.cast(builder, share, types.float64, real)
    less = builder.fsub(p, builder.fmul(p, rounded))
    return builder.select(builder.fcmp_ordered("!=", share, ir.Constant(share.type, 0)), less, p)


def _read(builder: Any, place: Any, count: int) -> list[Any]:
    """Return code for the first numbers of an array."""
    index = ir.IntType(64)
    return [builder.load(builder.gep(place, [ir.Constant(index, k)])) for k in range(count)]


class _Scopes:
    """What tells the compiler that arrays do not overlap: a scope for each of them."""

    def __init__(self, module: Any, names: Sequence[str]) -> None:
        self._module = module
        domain = module.add_metadata(["arrays of a formula"])
        self._scopes = {n: module.add_metadata([f"array {n}", domain]) for n in names}

    def mark(self, instruction: Any, name: str) -> Any:
        """Say of a load or a store that it touches one array and no other."""
        own = self._module.add_metadata([self._scopes[name]])
        others = [scope for n, scope in self._scopes.items() if n != name]
        instruction.set_metadata("alias.scope", own)
        instruction.set_metadata("noalias", self._module.add_metadata(others))
        return instruction
