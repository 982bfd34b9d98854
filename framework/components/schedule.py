"""A schedule: a scalar hyperparameter that changes from step to step."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Self, TypeVar

from framework.components.base import Component, hyperparameter, positive
from framework.components.span import Span

T = TypeVar("T")


@dataclass(frozen=True)
class Schedule(Component):
    """A value from the number of steps already taken; the first step is number 0."""

    def over(self, span: Span) -> Self:
        """Return this schedule for a run of a given length; called once, before the first step.

        One whose length is a share of the run, or a number of epochs, returns a copy that knows
        its steps (`TimedSchedule`). The schedules inside it are told, too: by default they have
        the same run.
        """
        told = {
            field.name: inner
            for field in fields(self)
            if field.init and (inner := _over(now := getattr(self, field.name), span)) is not now
        }
        return replace(self, **told) if told else self

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

    steps: int | None = hyperparameter(None, "length T in steps", at_least=1)
    epochs: float | None = positive(None, "length T in epochs")
    share: float | None = hyperparameter(None, "length T as a share of the run", above=0, at_most=1)

    def __post_init__(self) -> None:
        given = [f"{k}: {v}" for k in ("steps", "epochs", "share") if (v := getattr(self, k))]
        if len(given) > 1:
            raise ValueError(f"expected one of steps, epochs and share, got {', '.join(given)}")

    def over(self, span: Span) -> Self:
        told = super().over(span)
        return replace(told, steps=self.steps_of(span), epochs=None, share=None)

    def steps_of(self, span: Span) -> int:
        """Return its number of steps T in a run of a given length: at least 1.

        >>> TimedSchedule(epochs=1.5).steps_of(Span(steps=100, steps_per_epoch=10))
        15
        """
        if self.steps is not None:
            return self.steps
        epochs = self.default_epochs if self.epochs is None and self.share is None else self.epochs
        exact = (self.share or 1.0) * span.steps
        if epochs is not None:
            exact = epochs * span.steps_per_epoch
        return max(1, round(exact))

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


def _over(value: Any, span: Span) -> Any:
    """Return a field's value, the schedules in it told of their run; itself where there is none."""
    if isinstance(value, Schedule):
        return value.over(span)
    if isinstance(value, tuple) and any(isinstance(item, Schedule) for item in value):
        return tuple(_over(item, span) for item in value)
    return value


def at_step(node: T, step: int) -> T:
    """Return a component, or a tuple of them, with numbers of a step where it has schedules.

    >>> at_step((0.5, 2), step=7)
    (0.5, 2)
    """
    new: Any = node
    if isinstance(node, Schedule):
        new = node.at(step)
    elif isinstance(node, tuple):
        items = tuple(at_step(item, step) for item in node)
        new = items if any(a is not b for a, b in zip(items, node, strict=True)) else node
    elif isinstance(node, Component):
        numbers = {
            field.name: number
            for field in fields(node)
            if field.init and (number := at_step(now := getattr(node, field.name), step)) is not now
        }
        new = replace(node, **numbers) if numbers else node
    resolved: T = new
    return resolved


Scalar = float | Schedule
"""The type of a hyperparameter that may be a number or a schedule."""


def value(scalar: Scalar, step: int) -> float:
    """Return a scalar's value at a step.

    >>> value(0.1, step=7)
    0.1
    """
    return scalar.at(step) if isinstance(scalar, Schedule) else scalar
