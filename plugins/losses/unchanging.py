"""Numbers of a loss that are the same at every step."""

from __future__ import annotations

from framework import Scalar


def unchanging(number: Scalar) -> float:
    """Return a number that is no schedule.

    >>> unchanging(2)
    2.0

    Raises
    ------
    NotImplementedError : when it is one: an export has no steps, so the loss no expression.
    """
    if not isinstance(number, int | float):
        raise NotImplementedError("it is another number at each step")
    return float(number)
