"""Schedules with one planted bug each, and the check that must find it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from framework import (
    Schedule,
)
from tests.framework.testing.correct import schedules
from tests.framework.testing.planted.mark import caught_by


@caught_by("numbers")
class NanAtFirst(Schedule):
    """Divides by the step number."""

    def at(self, step):
        return float(np.float64(1.0) / step)


@caught_by("numbers")
class NotFromZero(Schedule):
    """A table that ends."""

    def at(self, step):
        return [0.1, 0.05, 0.01][step]


@caught_by("numbers")
class GivesAnArrayToo(Schedule):
    """A number in an array."""

    def at(self, step):
        return np.full(1, 0.1)


@caught_by("determinism")
class CountsItself(Schedule):
    """Ignores the step it is asked for."""

    calls: ClassVar[list[int]] = []

    def at(self, step):
        self.calls.append(step)
        return 0.1 / len(self.calls)


@caught_by("trains")
@caught_by("determinism")
class Jitters(Schedule):
    """Random."""

    def at(self, step):
        return 0.1 + 0.01 * np.random.random()


@caught_by("no_growth")
class ScheduleWithAHistory(schedules.Staircase):
    seen: ClassVar[dict[int, float]] = {}

    def at(self, step):
        return self.seen.setdefault(step, super().at(step))


@caught_by("sign")
class FallsBelowZero(Schedule):
    """A straight line that does not stop."""

    def at(self, step):
        return 0.1 - 0.001 * step
