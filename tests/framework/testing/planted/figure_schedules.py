"""Schedules that hear figures, with one planted bug each."""

from __future__ import annotations

import math
from typing import ClassVar

from tests.framework.testing.correct import figure_schedules as correct
from tests.framework.testing.planted.mark import caught_by


@caught_by("hears", "figures gave 'validation_loss'; expected a tuple of names")
class FiguresOfLetters(correct.HalveWhenWorse):
    def figures(self):
        return "validation_loss"


@caught_by("hears", "slots gave {'value': 0.1, 'before': None}; expected numbers by their names")
class SlotWithoutANumber(correct.HalveWhenWorse):
    def slots(self):
        return {"value": self.first, "before": None}


@caught_by("hears", "after 1 epochs with figures that stay it is inf")
class GrowsWithoutEnd(correct.HalveWhenWorse):
    def epoch_ended(self, record, memory):
        memory.value = math.inf if memory.before >= record.figures["validation_loss"] else 0.1


@caught_by("hears", "it raised AttributeError: 'worst' is not in slots()")
class ForgetsToDeclare(correct.HalveWhenWorse):
    def epoch_ended(self, record, memory):
        memory.worst = max(memory.before, record.figures["validation_loss"])


@caught_by("resumes", "killed after step 37, its run has other losses from step")
@caught_by("remembers", "where each begins with a fresh copy and what slots kept")
class RemembersInItself(correct.HalveWhenWorse):
    """Counts where the core does not see it."""

    def value(self, step, memory):
        return memory.value * 0.5 ** vars(self).get("worse", 0)

    def epoch_ended(self, record, memory):
        if record.figures["validation_loss"] >= memory.before:
            object.__setattr__(self, "worse", vars(self).get("worse", 0) + 1)
        memory.before = record.figures["validation_loss"]


@caught_by("remembers", "with figures that")
class SharedByAllRuns(correct.HalveWhenWorse):
    """What it remembers is that of the process."""

    heard: ClassVar[list[float]] = []

    def epoch_ended(self, record, memory):
        self.heard.append(record.figures["validation_loss"])
        memory.value = self.first / len(self.heard)


@caught_by("fields_are_read", "whatever 'ripple' says, it computes the same")
class NoRipple(correct.FollowsTheLoss):
    def value(self, step, memory):
        return self.share * memory.mean
