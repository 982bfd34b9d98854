"""Weights that follow others: what averages of weights are made by."""

from __future__ import annotations

from typing import Any

import numpy as np

from framework import Array, elementwise


def _follow(a: Array, p: Array, *, scratch: Array, share: float) -> None:
    np.subtract(p, a, out=scratch)
    scratch *= share
    a += scratch


@elementwise("a", in_place=_follow)
def follow(a: Any, p: Any, *, share: float) -> Any:
    """Go a share of the way to other weights, a ← a + share (p − a)."""
    return a + share * (p - a)
