"""Metrics with one planted bug each, and the check that must find it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    Array,
    Metric,
    hyperparameter,
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


@caught_by("figures", "11 outputs it raised IndexError")
class FourClassesOnly(metrics.MacroF1):
    def start(self, outputs):
        return np.zeros((4, 4), np.int64)


@caught_by("figures", "20000 samples")
class RoomForAThousand(MeanOfMeans):
    """Keeps every sample, in an array of a fixed length."""

    def start(self, outputs):
        return np.zeros(1001)

    def add(self, state, z, targets, values):
        at = int(state[0])
        state[at + 1 : at + 1 + len(z)] = z.argmax(axis=1) == targets
        state[0] += len(z)
        if state[0] > len(state) - 1:
            raise IndexError("no room is left")

    def result(self, state):
        return float(state[1 : 1 + int(state[0])].mean())


@caught_by("poor_outputs", "where all outputs give class 0, the figure is nan")
class MacroPrecision(metrics.MacroF1):
    def result(self, state):
        return float(np.mean(np.diag(state) / state.sum(axis=0)))


@caught_by("poor_outputs", "ZeroDivisionError")
class PrecisionOfClassOne(MeanOfMeans):
    """Right answers among the answers 1."""

    def add(self, state, z, targets, values):
        answers = z.argmax(axis=1) == 1
        state += (answers & (targets == 1)).sum(), answers.sum()

    def result(self, state):
        return int(state[0]) / int(state[1])


@caught_by("poor_outputs", "nan outputs have the figure 0")
class SkipsWhatIsNan(metrics.MeanAbsoluteError):
    def add(self, state, z, targets, values):
        state += np.nansum(np.abs(z - targets)), z.size


@caught_by("poor_outputs", "where all outputs and losses are nan it raised")
class RoundsItsOutputs(metrics.MeanAbsoluteError):
    def add(self, state, z, targets, values):
        if np.isnan(z).any():
            raise ValueError("nan")
        super().add(state, z, targets, values)


@caught_by("direction")
class LowestOutputWins(metrics.TopK):
    def add(self, state, z, targets, values):
        super().add(state, -z, targets, values)


@caught_by("figures", "so: `targets`")
class LabelsWithoutSayingSo(metrics.TopK):
    targets: ClassVar = "any"  # type: ignore[assignment]


@caught_by("blocks")
class CountsTheFirstBlockTwice(metrics.TopK):
    def add(self, state, z, targets, values):
        twice = 2 if not state[1] else 1
        for _ in range(twice):
            super().add(state, z, targets, values)


@caught_by("dtypes", "uint8 targets")
class MultipliesLabels(metrics.TopK):
    def add(self, state, z, targets, values):
        super().add(state, z, targets * 100 // 100, values)


@caught_by("fields_are_read", "'k'")
class AlwaysTopTwo(metrics.TopK):
    def add(self, state, z, targets, values):
        best = np.argsort(z, axis=1)[:, -2:]
        state += (best == targets[:, None]).any(axis=1).sum(), len(z)


@caught_by("ranges", "with beta=0")
@dataclass(frozen=True)
class DividesByBeta(metrics.MeanAbsoluteError):
    """The mean distance over β."""

    beta: float = hyperparameter(1.0, "β", at_least=0)

    def result(self, state):
        return float(state[0] / state[1] / self.beta)
