"""A number that stays."""

from __future__ import annotations

from dataclasses import dataclass

from framework import Schedule, non_negative


@dataclass(frozen=True)
class Constant(Schedule):
    r"""Stay where it is: a part for schedules that are made of others.

        s(t) = number

    >>> Constant(number=0.1).at(7)
    0.1

    Differs: PyTorch's ``ConstantLR`` is a third of the number for five steps first.
    """

    number: float = non_negative(0.1, "the value")

    def at(self, step: int) -> float:
        return self.number
