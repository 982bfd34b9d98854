"""The library that numpy loaded for its products, and the family of its kernels."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any


@cache
def openblas() -> dict[str, Any] | None:
    """Return what threadpoolctl says of numpy's own OpenBLAS; None where numpy has another."""
    import threadpoolctl

    for info in threadpoolctl.threadpool_info():
        if info["internal_api"] == "openblas" and "numpy" in info["filepath"]:
            return dict(info)
    return None


def family() -> str:
    """Return the family of kernels that products run on, as threadpoolctl names it, or "none"."""
    info = openblas()
    return "none" if info is None else str(info["architecture"])


@cache
def cblas(name: str) -> tuple[Any, Any] | None:
    """Find a CBLAS function in the library that numpy loaded, and its type of integer."""
    info = openblas()
    if info is None:
        return None
    handle = ctypes.CDLL(info["filepath"])
    for prefix in ("scipy_", ""):
        for suffix, integer in (("64_", ctypes.c_int64), ("", ctypes.c_int32)):
            function = getattr(handle, f"{prefix}cblas_{name}{suffix}", None)
            if function is not None:
                function.restype = None
                return function, integer
    return None
