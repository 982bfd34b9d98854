"""Matrix products bound once to fixed arrays: `out ← scale · a b + keep · out`.

`bind_matmul` is ``np.matmul``, `bind_gemm` the same added to what is there, `axpby` a weighted sum
of two arrays; each docstring holds the plain line that it must equal.

numpy computes a product into an array, but cannot add it to what is there. Its own BLAS can: the
library that numpy has loaded already is called directly (CBLAS, Goto and van de Geijn 2008), with
arguments made once, which also costs less for each call. Where that library cannot be found or
gives another answer than ``np.matmul``, plain products go through numpy and adding ones are
declined: callers then write the sum out.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from framework.components.base import Array
from framework.engine.kernels import cblas, openblas

Call = Callable[[], object]
_ROW_MAJOR, _PLAIN, _TRANSPOSED = 101, 111, 112
_EPSILON = {char: float(np.finfo(char).eps) for char in "fd"}


@dataclass
class BoundGemm:
    """A product that adds to what `out` holds; its two factors may change between calls."""

    call: Call
    _scale: Any
    _keep: Any

    def set(self, scale: float, keep: float) -> None:
        """Change the factors for the calls to come."""
        self._scale.value = scale
        self._keep.value = keep


def bind_matmul(a: Array, b: Array, out: Array, scale: float = 1.0) -> Call:
    """Return a call that computes ``out ← scale · a b``; the arrays must stay where they are.

    Must equal ``out[...] = scale * (a @ b)``.
    """
    bound = _bind_gemv(a, b, out, scale) or bind_gemm(a, b, out, scale=scale, keep=0.0)
    if bound is not None:
        return bound.call
    plain = partial(np.matmul, a, b, out=out)
    return plain if scale == 1.0 else lambda: np.multiply(plain(), scale, out=out)


def bind_gemm(a: Array, b: Array, out: Array, *, scale: float, keep: float) -> BoundGemm | None:
    """Return a call that computes ``out ← scale · a b + keep · out``, or None where BLAS cannot.

    Must equal ``out[...] = scale * (a @ b) + keep * out``.
    """
    gemm = _gemm(out.dtype.char)
    if gemm is None or not all(_blasable(m) for m in (a, b, out)):
        return None
    function, integer, real = gemm
    arrays = (a, b, out)
    if not _row_major(out):  # then out's transpose is: outᵀ ← bᵀ aᵀ
        a, b, out = b.T, a.T, out.T
    m, k = a.shape
    n = b.shape[1]
    factors = real(scale), real(keep)
    arguments = (
        ctypes.c_int(_ROW_MAJOR),
        ctypes.c_int(_PLAIN if _row_major(a) else _TRANSPOSED),
        ctypes.c_int(_PLAIN if _row_major(b) else _TRANSPOSED),
        *(integer(size) for size in (m, n, k)),
        factors[0],
        *_pointer(a, integer),
        *_pointer(b, integer),
        factors[1],
        *_pointer(out, integer),
    )
    call = partial(function, *arguments)
    call.__dict__["arrays"] = arrays  # the arguments are bare addresses: keep what they point to
    return BoundGemm(call, *factors)


def _bind_gemv(a: Array, b: Array, out: Array, scale: float) -> BoundGemm | None:
    """Return the same for a single row, ``outᵀ ← scale · bᵀ aᵀ``, or None where it is none.

    BLAS makes a product of matrices of it otherwise, which takes four times as long.
    """
    if len(out) != 1 or _gemm(out.dtype.char) is None or not _blasable(b):
        return None
    symbol = cblas({"f": "sgemv", "d": "dgemv"}[out.dtype.char])
    if symbol is None or any(m.ndim != 2 or m.strides[1] % m.itemsize for m in (a, out)):
        return None
    function, integer = symbol
    real = ctypes.c_float if out.dtype.char == "f" else ctypes.c_double
    flat = b if _row_major(b) else b.T
    factors = real(scale), real(0.0)
    arguments = (
        ctypes.c_int(_ROW_MAJOR),
        ctypes.c_int(_TRANSPOSED if flat is b else _PLAIN),
        *(integer(size) for size in flat.shape),
        factors[0],
        *_pointer(flat, integer),
        *_vector(a, integer),
        factors[1],
        *_vector(out, integer),
    )
    call = partial(function, *arguments)
    call.__dict__["arrays"] = (a, b, out)
    return BoundGemm(call, *factors)


def bind_added(a: Array, b: Array, out: Array) -> BoundGemm | None:
    """Return a call that computes ``out ← out + scale · a b``, or None where BLAS cannot.

    The factor of ``out`` stays 1. A column times a row has a function of its own, `ger`, that takes
    two thirds of the time of a product of matrices.
    """
    bound = bind_gemm(a, b, out, scale=0.0, keep=1.0)
    symbol = cblas({"f": "sger", "d": "dger"}.get(out.dtype.char, ""))
    if bound is None or symbol is None or a.shape[1] != 1:
        return bound
    function, integer = symbol
    if not _row_major(out):
        a, b, out = b.T, a.T, out.T
    scale = type(bound._scale)(0.0)
    vectors = (a.T, b)
    arguments = (
        ctypes.c_int(_ROW_MAJOR),
        *(integer(size) for size in out.shape),
        scale,
        *(part for vector in vectors for part in _vector(vector, integer)),
        *_pointer(out, integer),
    )
    call = partial(function, *arguments)
    call.__dict__["arrays"] = (a, b, out)
    return BoundGemm(call, scale, type(scale)(1.0))


def _vector(row: Array, integer: Any) -> tuple[Any, Any]:
    return ctypes.c_void_p(row.ctypes.data), integer(row.strides[1] // row.itemsize)


def rounds_away(change: float, dtype: np.dtype[Any]) -> bool:
    """Return whether the factor ``1 − change``, as a number of this type, may miss 1/1000 of it.

    Near 1 float32 has a number every 6e-8: a factor of 1 − 1e-8 would be 1, and change nothing.

    >>> rounds_away(1e-8, np.dtype("f4")), rounds_away(1e-8, np.dtype("f8"))
    (True, False)
    """
    return 0 < abs(change) < 250 * _EPSILON.get(dtype.char, 0.0)


def axpby(y: Array, keep: float, x: Array, share: float) -> None:
    """Compute ``y ← keep · y + share · x`` in place, in one pass over 1-D arrays.

    Must equal ``y[...] = keep * y + share * x``, for which two or three numpy operations would read
    and write the arrays as often. A ``keep`` so close to 1 that its type would round the difference
    away costs further passes, in which ``y`` is changed by ``share · x − (1 − keep) · y`` at once.

    >>> y, x = np.array([1.0, 2.0]), np.array([10.0, 20.0])
    >>> axpby(y, 0.5, x, 0.1)
    >>> y
    array([1.5, 3. ])
    """
    if rounds_away(1.0 - keep, y.dtype):
        change = np.multiply(x, share)
        axpby(change, 1.0, y, keep - 1.0)
        keep, x, share = 1.0, change, 1.0
    call = _axpby(y.dtype.char)
    alike = y.dtype == x.dtype and y.strides == x.strides and y.flags.c_contiguous
    if call is None or not alike or not x.flags.writeable or not x.size:
        y *= keep
        y += share * x
        return
    call(y.size, share, _address(x), 1, keep, _address(y), 1)


@dataclass
class BoundSum:
    """A sum that adds to what an array holds; its factor may change between calls."""

    call: Call
    _scale: Any

    def set(self, scale: float) -> None:
        """Change the factor for the calls to come."""
        self._scale.value = scale


def bind_axpy(y: Array, x: Array) -> BoundSum | None:
    """Return a call that computes ``y ← y + scale · x``, 1-D, or None where BLAS cannot.

    Must equal ``y += scale * x``, where ``x`` may be ``y``.
    """
    scale = (ctypes.c_float if y.dtype.char == "f" else ctypes.c_double)(0.0)
    call = _of_vectors("axpy", y, x, scale)
    return BoundSum(call, scale) if call else None


def bind_copy(y: Array, x: Array) -> Call | None:
    """Return a call that computes ``y ← x``, 1-D, or None where BLAS cannot.

    Must equal ``y[...] = x``.
    """
    return _of_vectors("copy", y, x)


def _of_vectors(name: str, y: Array, x: Array, *factors: Any) -> Call | None:
    char = y.dtype.char
    symbol = cblas({"f": "s", "d": "d"}[char] + name) if char in "fd" else None
    if symbol is None or _gemm(char) is None or x.dtype != y.dtype:
        return None
    function, integer = symbol
    ends = [(ctypes.c_void_p(a.ctypes.data), integer(a.strides[0] // a.itemsize)) for a in (x, y)]
    call = partial(function, integer(y.size), *factors, *ends[0], *ends[1])
    call.__dict__["arrays"] = (y, x)
    return call


def _address(m: Array) -> int:
    # Four times as fast as numpy's own ways to say it; asks for a buffer that may be written to.
    return ctypes.addressof(ctypes.c_char.from_buffer(m))  # type: ignore[arg-type]


def library() -> str:
    """Return the library that does the products: name and version, or why numpy's path does."""
    if _gemm("f") is None:
        return "numpy (its BLAS cannot be called directly)"
    info = openblas()
    assert info is not None
    return f"{info['internal_api']} {info['version']} ({info['architecture']})"


def _row_major(m: Array) -> bool:
    return bool(m.strides[1] == m.itemsize and m.strides[0] >= m.shape[1] * m.itemsize)


def _blasable(m: Array) -> bool:
    return m.ndim == 2 and (_row_major(m) or _row_major(m.T))


def _pointer(m: Array, integer: Any) -> tuple[Any, Any]:
    stride = m.strides[0] if _row_major(m) else m.strides[1]
    return ctypes.c_void_p(m.ctypes.data), integer(stride // m.itemsize)


@cache
def _gemm(char: str) -> tuple[Any, Any, Any] | None:
    symbol = cblas({"f": "sgemm", "d": "dgemm"}[char]) if char in "fd" else None
    if symbol is None:
        return None
    gemm = *symbol, ctypes.c_float if char == "f" else ctypes.c_double
    return gemm if _agrees(gemm, char) else None


@cache
def _axpby(char: str) -> Any | None:
    if char not in "fd" or _gemm(char) is None:
        return None
    symbol = cblas({"f": "saxpby", "d": "daxpby"}[char])
    if symbol is None:
        return None
    function, integer = symbol
    real = ctypes.c_float if char == "f" else ctypes.c_double
    # Declared once, so that plain numbers become arguments without an object made for each.
    function.argtypes = [integer, real, ctypes.c_void_p, integer, real, ctypes.c_void_p, integer]
    return function


def _agrees(gemm: tuple[Any, Any, Any], char: str) -> bool:
    """Compare one product of each combination of orders with numpy's."""
    function, integer, real = gemm
    a = np.arange(15, dtype=char).reshape(3, 5)
    b = np.arange(20, dtype=char).reshape(5, 4)
    out = np.ones((3, 4), dtype=char)
    function(
        *(ctypes.c_int(v) for v in (_ROW_MAJOR, _PLAIN, _PLAIN)),
        *(integer(v) for v in (3, 4, 5)),
        real(2.0),
        *_pointer(a, integer),
        *_pointer(b, integer),
        real(3.0),
        *_pointer(out, integer),
    )
    return bool(np.array_equal(out, 2 * (a @ b) + 3))
