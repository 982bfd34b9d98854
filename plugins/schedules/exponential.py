"""Exponential decay."""

from __future__ import annotations

from dataclasses import dataclass

from framework import Schedule, fraction, hyperparameter, positive


@dataclass(frozen=True)
class Exponential(Schedule):
    r"""Fall by the same factor every so many steps, smoothly.

        s(t) = first · γ^(t / T)

    >>> Exponential(first=8.0, factor=0.5, steps=10).at(20)
    2.0
    """

    first: float = positive(0.1, "value at the first step")
    factor: float = fraction(0.9, "what is left after T steps, γ")
    steps: int = hyperparameter(1562, "steps for one factor, T", at_least=1)

    def at(self, step: int) -> float:
        return float(self.first * self.factor ** (step / self.steps))
