"""A staircase with steps where one wants them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from framework import Schedule, Span, Unit, fraction, hyperparameter, positive


@dataclass(frozen=True)
class MultiStep(Schedule):
    r"""Fall by the same factor at some steps.

        s(t) = first · γ^(number of milestones mᵢ ≤ t)

    By default at half and at three quarters of the run, as He et al., "Deep residual learning for
    image recognition", 2016.

    >>> falls = MultiStep(first=8.0, factor=0.5, milestones=(10, 20), unit="steps")
    >>> [falls.at(t) for t in (9, 10, 20, 99)]
    [8.0, 4.0, 2.0, 2.0]

    Differs: nothing from PyTorch's ``MultiStepLR``, whose milestones are epochs.
    """

    first: float = positive(0.1, "value at the first step")
    factor: float = fraction(0.1, "what is left after a milestone, γ")
    milestones: tuple[float, ...] = positive((0.5, 0.75), "where it falls")
    unit: Unit = hyperparameter("share", "what they are given in: steps, epochs, share of the run")

    def over(self, span: Span) -> Self:
        steps = tuple(float(span.in_steps(m, self.unit)) for m in self.milestones)
        return replace(self, milestones=steps, unit="steps")

    def at(self, step: int) -> float:
        if self.unit != "steps":
            raise ValueError(f"{self!r} has no steps yet: ask over(Span(…)) first")
        return float(self.first * self.factor ** sum(m <= step for m in self.milestones))
