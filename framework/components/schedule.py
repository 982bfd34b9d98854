"""A schedule: a scalar hyperparameter that changes from step to step."""

from __future__ import annotations

from dataclasses import dataclass

from framework.components.base import Component


@dataclass(frozen=True)
class Schedule(Component):
    """A value from the number of steps already taken; the first step is number 0."""

    def at(self, step: int) -> float:
        """Return the value for this step."""
        raise NotImplementedError

    def span(self) -> int | None:
        """Return after how many steps the value is the last one; None where it has no such end.

        A run that ends long before says so in its log.
        """
        return None


Scalar = float | Schedule
"""The type of a hyperparameter that may be a number or a schedule."""


def value(scalar: Scalar, step: int) -> float:
    """Return a scalar's value at a step.

    >>> value(0.1, step=7)
    0.1
    """
    return scalar.at(step) if isinstance(scalar, Schedule) else scalar
