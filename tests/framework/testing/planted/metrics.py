"""Metrics with one planted bug each, and the check that must find it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from framework import (
    Array,
    Metric,
)
from tests.framework.testing.correct import metrics
from tests.framework.testing.planted.mark import caught_by


@caught_by("blocks")
class MeanOfMeans(Metric):
    """Averages the blocks' averages."""

    targets: ClassVar = "labels"

    def start(self, outputs):
        return np.zeros(2)

    def add(self, state, z, targets, values):
        state += np.mean(z.argmax(axis=1) == targets), 1

    def result(self, state):
        return float(state[0] / state[1])


@caught_by("states")
class CountsInBytes(metrics.TopK):
    def start(self, outputs):
        return np.zeros(2, np.uint8)

    def add(self, state, z, targets, values):
        state += np.array([(z.argmax(axis=1) == targets).sum(), len(z)]).astype(np.uint8)


@caught_by("blocks")
class OnlyTheLastBlock(metrics.TopK):
    def add(self, state, z, targets, values):
        state[...] = (z.argmax(axis=1) == targets).sum(), len(z)


@caught_by("states")
class OneStateForAll(metrics.TopK):
    shared: ClassVar[Array] = np.zeros(2)

    def start(self, outputs):
        self.shared[...] = 0
        return self.shared


@caught_by("states")
class ReadingResets(metrics.TopK):
    def result(self, state):
        found = super().result(state)
        state[...] = 1
        return found


@caught_by("arguments_are_left_alone")
class SortsItsOutputs(MeanOfMeans):
    def add(self, state, z, targets, values):
        state += (z.argmax(axis=1) == targets).sum(), len(z)
        z.sort(axis=1)


@caught_by("direction")
class WrongWayRound(metrics.MeanAbsoluteError):
    higher_is_better: ClassVar[bool] = True


@caught_by("figures")
class GivesPercentText(metrics.TopK):
    def result(self, state):
        return f"{super().result(state):.0%}"


@caught_by("figures")
class ReturnsANewState(metrics.TopK):
    def add(self, state, z, targets, values):
        return state + np.array([(z.argmax(axis=1) == targets).sum(), len(z)])


@caught_by("dtypes")
class NegatesLabels(metrics.TopK):
    def add(self, state, z, targets, values):
        state += (-z.argmax(axis=1) == -targets).sum(), len(z)


@caught_by("measures")
@caught_by("determinism")
class RatesByChance(metrics.TopK):
    def result(self, state):
        return super().result(state) * np.random.random()


@caught_by("no_growth")
class MetricWithAHistory(metrics.TopK):
    seen: ClassVar[list[Array]] = []

    def add(self, state, z, targets, values):
        self.seen.append(z.copy())
        super().add(state, z, targets, values)
