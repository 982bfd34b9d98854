"""Calls of C functions joined into one: machine code makes them, with no Python in between.

Products (`blas.py`) and formulas that were compiled (`machine_code.py`) are calls of functions of C
whose arguments were made once. Python needs a microsecond to make such a call, which is most of the
time of a step whose batch or layers are small. Neighbours in a list of calls become a single one,
which walks through a table::

    table    caller | arguments | caller | arguments | …
    a row of arguments: the function's address, then where each of its arguments lies

A caller is a few instructions of machine code for each combination of types: it reads the arguments
where they lie, so that one that changes (a learning rate) needs no new table.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import lru_cache, partial
from itertools import groupby
from typing import Any

import numpy as np

from framework.components.base import Array
from framework.engine.blas import Call
from framework.engine.not_copied import Bound

_TYPES: dict[Any, str] = {
    ctypes.c_int32: "int32",
    ctypes.c_int64: "int64",
    ctypes.c_float: "float32",
    ctypes.c_double: "float64",
    ctypes.c_void_p: "pointer",
}
_FUNCTION = type(ctypes.CFUNCTYPE(None)()).__mro__[1]


def joined(calls: Sequence[Call]) -> list[Call]:
    """Return calls that do the same in the same order, neighbours that are C functions in one."""
    made: list[Call] = []
    for of_c, group in groupby(calls, key=is_of_c):
        neighbours = list(group)
        made += [_Table(neighbours).call] if of_c and len(neighbours) > 1 else neighbours
    return made


def is_of_c(call: Call) -> bool:
    """Return whether a call is one of a C function, with arguments made once."""
    return (
        isinstance(call, partial)
        and isinstance(call.func, _FUNCTION)
        and all(type(argument) in _TYPES for argument in call.args)
    )


class _Table(Bound):
    """A table of calls, and the call that makes them all."""

    def __init__(self, calls: Sequence[Any]) -> None:
        signatures = [tuple(_TYPES[type(a)] for a in call.args) for call in calls]
        callers = _callers(frozenset(signatures))
        self._kept: list[object] = [callers, *calls]
        rows = []
        for call, signature in zip(calls, signatures, strict=True):
            function = ctypes.cast(call.func, ctypes.c_void_p).value
            row = np.array([function, *(ctypes.addressof(a) for a in call.args)], np.int64)
            self._kept.append(row)
            rows.append((callers.addresses[signature], row.ctypes.data))
        table: Array = np.array(rows, np.int64)
        self._kept.append(table)
        arguments = ctypes.c_void_p(table.ctypes.data), ctypes.c_int64(len(table))
        self.call = partial(callers.walk, *arguments)
        self.call.__dict__["kept"] = self._kept  # the arguments are bare addresses


class _Callers(Bound):
    """Machine code: a caller for each signature, and `walk`, which goes through a table."""

    def __init__(self, signatures: frozenset[tuple[str, ...]]) -> None:
        import llvmlite.binding as llvm

        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        names = {signature: f"caller_{k}" for k, signature in enumerate(sorted(signatures))}
        module = llvm.parse_assembly(str(_module(names)))
        machine = llvm.Target.from_default_triple().create_target_machine(opt=2, jit=True)
        self._code = llvm.create_mcjit_compiler(module, machine)
        self._code.finalize_object()
        self.addresses = {s: self._code.get_function_address(name) for s, name in names.items()}
        walk = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)
        self.walk = walk(self._code.get_function_address("walk"))


_callers = lru_cache(maxsize=None)(_Callers)


def _module(names: dict[tuple[str, ...], str]) -> Any:
    """Return the callers and `walk` in LLVM's language."""
    from llvmlite import ir

    integer, nothing = ir.IntType(64), ir.VoidType()
    row = integer.as_pointer()
    types = {
        "int32": ir.IntType(32),
        "int64": integer,
        "float32": ir.FloatType(),
        "float64": ir.DoubleType(),
        "pointer": ir.IntType(8).as_pointer(),
    }
    module = ir.Module()
    caller = ir.FunctionType(nothing, [row])

    def number(builder: Any, place: Any, at: Any) -> Any:
        return builder.load(builder.gep(place, [at]))

    for signature, name in names.items():
        function = ir.Function(module, caller, name)
        builder = ir.IRBuilder(function.append_basic_block())
        kinds = [types[kind] for kind in signature]
        arguments = []
        for k, kind in enumerate(kinds, start=1):
            lies = number(builder, function.args[0], ir.Constant(integer, k))
            arguments.append(builder.load(builder.inttoptr(lies, kind.as_pointer())))
        called = number(builder, function.args[0], ir.Constant(integer, 0))
        target = ir.FunctionType(nothing, kinds).as_pointer()
        builder.call(builder.inttoptr(called, target), arguments)
        builder.ret_void()

    walk = ir.Function(module, ir.FunctionType(nothing, [row, integer]), "walk")
    table, count = walk.args
    start, loop, end = (walk.append_basic_block(name) for name in ("start", "loop", "end"))
    builder = ir.IRBuilder(start)
    builder.branch(loop)
    builder.position_at_end(loop)
    at = builder.phi(integer)
    at.add_incoming(ir.Constant(integer, 0), start)
    place = builder.shl(at, ir.Constant(integer, 1))
    address = number(builder, table, place)
    arguments = number(builder, table, builder.add(place, ir.Constant(integer, 1)))
    function = builder.inttoptr(address, caller.as_pointer())
    builder.call(function, [builder.inttoptr(arguments, row)])
    further = builder.add(at, ir.Constant(integer, 1))
    at.add_incoming(further, loop)
    builder.cbranch(builder.icmp_signed("<", further, count), loop, end)
    builder.position_at_end(end)
    builder.ret_void()
    return module
