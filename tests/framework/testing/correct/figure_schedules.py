"""Correct schedules that hear figures, as third parties write them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from framework import (
    FigureSchedule,
    Schedule,
    Span,
    TimedSchedule,
    fraction,
    hyperparameter,
    non_negative,
    positive,
)
from tests.framework.testing.correct.schedules import Staircase


@dataclass(frozen=True)
class HalveWhenWorse(FigureSchedule):
    """Half of it whenever the loss is larger than it was an epoch before."""

    first: float = positive(0.1, "value at first")

    def slots(self):
        return {"value": self.first, "before": 1e9}

    def figures(self):
        return ("validation_loss",)

    def value(self, step, memory):
        return memory.value

    def epoch_ended(self, record, memory):
        figure = record.figures["validation_loss"]
        if figure >= memory.before:
            memory.value /= 2
        memory.before = figure


@dataclass(frozen=True)
class FollowsTheLoss(FigureSchedule):
    """s(t) = share · loss, smoothed; it rises and falls with the step, too."""

    share: float = fraction(0.1, "of the loss")
    kept: float = fraction(0.9, "of the mean before")
    ripple: float = non_negative(0.01, "how much it rises and falls")

    def slots(self):
        return {"mean": 1.0}

    def figures(self):
        return ("train_loss", "validation_loss")

    def value(self, step, memory):
        return self.share * memory.mean + self.ripple * (step % 7) / 7

    def epoch_ended(self, record, memory):
        both = record.figures["train_loss"] + record.figures["validation_loss"]
        memory.mean = self.kept * memory.mean + (1 - self.kept) * both / 2


@dataclass(frozen=True)
class StopsAnother(FigureSchedule):
    """Another schedule, as long as things get better; then what that was."""

    inner: Schedule = hyperparameter(Staircase(steps=40), "the other")

    def slots(self):
        return {"best": 1e9, "at": -1}

    def value(self, step, memory):
        return self.inner.at(step if memory.at < 0 else min(step, int(memory.at)))

    def epoch_ended(self, record, memory):
        if memory.at < 0 and record.batch_loss >= memory.best:
            memory.at = record.steps
        memory.best = min(memory.best, record.batch_loss)


@dataclass(frozen=True)
class ThenHalve(TimedSchedule):
    """Up to where one begins that hears figures."""

    then: Schedule = hyperparameter(HalveWhenWorse(), "what comes after T steps")

    def over(self, span):
        steps = self.steps_of(span)
        left = Span(max(1, span.steps - steps), span.steps_per_epoch)
        return replace(self, steps=steps, epochs=None, share=None, then=self.then.over(left))

    def at(self, step):
        return self.then.at(max(0, step - self.length)) * min(1.0, (step + 1) / self.length)
