"""The library that numpy loaded for its products, and the family of its kernels."""

from __future__ import annotations

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
