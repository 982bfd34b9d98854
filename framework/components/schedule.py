"""A schedule: a scalar hyperparameter that changes from step to step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from framework.components.base import Component, hyperparameter, positive
from framework.components.span import Span


@dataclass(frozen=True)
class Schedule(Component):
    """A value from the number of steps already taken; the first step is number 0."""

    def over(self, span: Span) -> Self:
        """Return this schedule for a run of a given length; called once, before the first step.

        By default it is the same for every run. One whose length is a share of the run, or a
        number of epochs, returns a copy that knows its steps (`TimedSchedule`).
        """
        return self

    def at(self, step: int) -> float:
        """Return the value for this step."""
        raise NotImplementedError

    def span(self) -> int | None:
        """Return after how many steps the value is the last one; None where it has no such end.

        A run that ends long before says so in its log.
        """
        return None


@dataclass(frozen=True)
class TimedSchedule(Schedule):
    """A schedule of a length T: in steps, in epochs, or as a share of the run.

    At most one of the three is given; without any it is as long as the run, or has as many epochs
    as `default_epochs` says. `length` is T, once the schedule knows its run.
    """

    default_epochs: ClassVar[float | None] = None

    steps: int | None = hyperparameter(
        None,
        "length T in steps; null: the whole run, unless the next two say otherwise",
        at_least=1,
    )
    epochs: float | None = positive(None, "length T in epochs")
    share: float | None = hyperparameter(None, "length T as a share of the run", above=0, at_most=1)

    def __post_init__(self) -> None:
        given = [f"{k}: {v}" for k in ("steps", "epochs", "share") if (v := getattr(self, k))]
        if len(given) > 1:
            raise ValueError(f"expected one of steps, epochs and share, got {', '.join(given)}")

    def over(self, span: Span) -> Self:
        if self.steps is not None:
            return self
        epochs = self.default_epochs if self.epochs is None and self.share is None else self.epochs
        exact = (self.share or 1.0) * span.steps
        if epochs is not None:
            exact = epochs * span.steps_per_epoch
        return replace(self, steps=max(1, round(exact)), epochs=None, share=None)

    @property
    def length(self) -> int:
        """The number of steps T.

        Raises
        ------
        ValueError : before `over` said how long the run is, where T depends on it.
        """
        if self.steps is None:
            raise ValueError(f"{self!r} is as long as its run: ask over(Span(…)) first")
        return self.steps


Scalar = float | Schedule
"""The type of a hyperparameter that may be a number or a schedule."""


def value(scalar: Scalar, step: int) -> float:
    """Return a scalar's value at a step.

    >>> value(0.1, step=7)
    0.1
    """
    return scalar.at(step) if isinstance(scalar, Schedule) else scalar
