"""A compiled loop bound to the arrays that it goes over, as a call of C with its arguments made."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import partial

import numpy as np

from framework.components.base import Array
from framework.engine.blas import Call
from framework.engine.machine_code import LoopFunction


def bind_loop(
    function: LoopFunction, arrays: Sequence[Array], numbers: Array, dtype: str
) -> Call | None:
    """Return the call that goes over arrays element by element; None where they do not lie alike.

    Parameters
    ----------
    numbers : in float64; may change between calls.
    """
    first = arrays[0]
    lie = _rows_of(first)
    alike = all(
        a.dtype == dtype and a.shape == first.shape and a.strides == first.strides for a in arrays
    )
    if lie is None or not alike:
        return None
    addresses = np.array([a.ctypes.data for a in arrays], np.intp)
    return bind_addresses(function, addresses, numbers, lie, arrays)


def bind_addresses(
    function: LoopFunction,
    addresses: Array,
    numbers: Array,
    sizes: tuple[int, int, int],
    arrays: Sequence[Array],
) -> Call:
    """Return the call with some addresses, numbers and sizes, which keeps the arrays alive."""
    returned = np.zeros(2, np.intp)  # what Numba's functions write: nothing, here
    places = returned.ctypes.data, returned.ctypes.data + returned.itemsize
    pointers = (*places, addresses.ctypes.data, numbers.ctypes.data)
    call = partial(
        function.function,
        *(ctypes.c_void_p(pointer) for pointer in pointers),
        *(ctypes.c_int64(size) for size in sizes),
    )
    call.__dict__["kept"] = (function, addresses, returned, numbers, *arrays)
    return call


def _rows_of(p: Array) -> tuple[int, int, int] | None:
    """Return how many rows of how many neighbours an array is in memory, and their distance."""
    size = p.itemsize
    if p.flags.c_contiguous or p.flags.f_contiguous:
        return 1, p.size, p.size
    if p.ndim == 1:
        return p.size, 1, p.strides[0] // size
    if p.ndim == 2 and size in p.strides:
        inner = p.strides.index(size)
        return p.shape[1 - inner], p.shape[inner], p.strides[1 - inner] // size
    return None
