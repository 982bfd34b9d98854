"""A step down a direction: what rules do whose rate is known only when the direction is."""

from __future__ import annotations

from typing import Any

from framework import Array, elementwise


def _descend(p: Array, d: Array, *, scratch: Array, rate: float) -> None:
    d *= rate
    p -= d


@elementwise("p", in_place=_descend)
def descend(p: Any, d: Any, *, rate: float) -> Any:
    """Go down a direction, p ← p − η d."""
    return p - rate * d
