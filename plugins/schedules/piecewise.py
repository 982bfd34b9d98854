"""A value, or a schedule, for each part of the run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from framework import Scalar, Schedule, Span, Unit, hyperparameter, non_negative, value


@dataclass(frozen=True)
class Piecewise(Schedule):
    r"""Have one value until a border, the next one until the next.

        s(t) = valueᵢ(t − borderᵢ)    from borderᵢ on, the first from step 0

    A value may be a schedule, which begins where its part does and has that for its run.

    >>> parts = Piecewise(values=(3.0, 2.0, 1.0), borders=(10, 20), unit="steps")
    >>> [parts.at(t) for t in (0, 9, 10, 20)]
    [3.0, 3.0, 2.0, 1.0]

    Differs: Keras' ``PiecewiseConstantDecay`` has the old value at a border still.
    """

    values: tuple[Scalar, ...] = non_negative((0.1, 0.01, 0.001), "numbers or schedules, in order")
    borders: tuple[float, ...] = hyperparameter((10.0, 20.0), "where the next one begins", above=0)
    unit: Unit = hyperparameter("epochs", "what they are given in: steps, epochs, share of the run")

    def __post_init__(self) -> None:
        if len(self.values) != len(self.borders) + 1:
            raise ValueError(
                f"values: expected one more than there are borders, got {len(self.values)} values"
                f" and {len(self.borders)} borders"
            )
        if list(self.borders) != sorted(self.borders):
            raise ValueError(f"borders: expected them in order, got {self.borders}")

    def over(self, span: Span) -> Self:
        borders = tuple(float(span.in_steps(border, self.unit)) for border in self.borders)
        values = tuple(self._told(borders, span))
        return replace(self, values=values, borders=borders, unit="steps")

    def _told(self, borders: tuple[float, ...], span: Span) -> Iterator[Scalar]:
        ends = (*borders, float(span.steps))
        for part, start, end in zip(self.values, (0.0, *borders), ends, strict=True):
            steps = max(1, int(end - start))
            yield (
                part.over(Span(steps, span.steps_per_epoch)) if isinstance(part, Schedule) else part
            )

    def at(self, step: int) -> float:
        if self.unit != "steps":
            raise ValueError(f"{self!r} has no steps yet: ask over(Span(…)) first")
        part = sum(border <= step for border in self.borders)
        start = self.borders[part - 1] if part else 0
        return value(self.values[part], step - int(start))
