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


@caught_by("blocks", "4 blocks give 0.136103617, all 600 samples at once 0.268333333")
class MeanOfMeans(Metric):
    """Averages the blocks' averages."""

    targets: ClassVar = "labels"

    def start(self, outputs):
        return np.zeros(2)

    def add(self, state, z, targets, losses):
        state += np.mean(z.argmax(axis=1) == targets), 1

    def result(self, state):
        return float(state[0] / state[1])


@caught_by("states", "its state is uint8, which overflows after some hundred samples")
class CountsInBytes(metrics.TopK):
    def start(self, outputs):
        return np.zeros(2, np.uint8)

    def add(self, state, z, targets, losses):
        state += np.array([(z.argmax(axis=1) == targets).sum(), len(z)]).astype(np.uint8)


@caught_by("blocks", "4 blocks give 0.292134831, all 600 samples at once 0.268333333")
class OnlyTheLastBlock(metrics.TopK):
    def add(self, state, z, targets, losses):
        state[...] = (z.argmax(axis=1) == targets).sum(), len(z)


@caught_by("states", "start gives the same array twice")
class OneStateForAll(metrics.TopK):
    shared: ClassVar[Array] = np.zeros(2)

    def start(self, outputs):
        self.shared[...] = 0
        return self.shared


@caught_by("states", "result changed 'state'")
class ReadingResets(metrics.TopK):
    def result(self, state):
        found = super().result(state)
        state[...] = 1
        return found


@caught_by("arguments_are_left_alone", "columns in a line give 0.25 instead of 0.268333333")
class SortsItsOutputs(MeanOfMeans):
    def add(self, state, z, targets, losses):
        state += (z.argmax(axis=1) == targets).sum(), len(z)
        z.sort(axis=1)


@caught_by(
    "direction", "right outputs give 0.00791084, wrong ones 4.50408, and higher_is_better is True"
)
class WrongWayRound(metrics.MeanAbsoluteError):
    higher_is_better: ClassVar[bool] = True


@caught_by("figures", "for 1 samples with labels and 4 outputs result gave str, not a float")
class GivesPercentText(metrics.TopK):
    def result(self, state):
        return f"{super().result(state):.0%}"


@caught_by("figures", "for 600 samples with labels and 4 outputs the figure is nan")
class ReturnsANewState(metrics.TopK):
    def add(self, state, z, targets, losses):
        return state + np.array([(z.argmax(axis=1) == targets).sum(), len(z)])


@caught_by("dtypes", "float32 outputs and uint8 targets give 0.0783333 instead of 0.268333")
class NegatesLabels(metrics.TopK):
    def add(self, state, z, targets, losses):
        state += (-z.argmax(axis=1) == -targets).sum(), len(z)


@caught_by("measures", "two runs from the same seed ended with different bytes")
@caught_by("determinism", "a figure draws from the global generator (np.random.… or random.…)")
class RatesByChance(metrics.TopK):
    def result(self, state):
        return super().result(state) * np.random.random()


@caught_by("no_growth", "calls of add left")
class MetricWithAHistory(metrics.TopK):
    seen: ClassVar[list[Array]] = []

    def add(self, state, z, targets, losses):
        self.seen.append(z.copy())
        super().add(state, z, targets, losses)


@caught_by("figures", "for 1 samples with labels and 11 outputs it raised IndexError")
class FourClassesOnly(metrics.MacroF1):
    def start(self, outputs):
        return np.zeros((4, 4), np.int64)


@caught_by(
    "figures",
    "for 20000 samples with labels and 4 outputs it raised ValueError",
    "could not broadcast",
)
class RoomForAThousand(MeanOfMeans):
    """Keeps every sample, in an array of a fixed length."""

    def start(self, outputs):
        return np.zeros(1001)

    def add(self, state, z, targets, losses):
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


@caught_by("poor_outputs", "where all outputs give class 0 it raised ZeroDivisionError")
class PrecisionOfClassOne(MeanOfMeans):
    """Right answers among the answers 1."""

    def add(self, state, z, targets, losses):
        answers = z.argmax(axis=1) == 1
        state += (answers & (targets == 1)).sum(), answers.sum()

    def result(self, state):
        return int(state[0]) / int(state[1])


@caught_by("poor_outputs", "nan outputs have the figure 0, right ones 0.00791084")
class SkipsWhatIsNan(metrics.MeanAbsoluteError):
    def add(self, state, z, targets, losses):
        state += np.nansum(np.abs(z - targets)), z.size


@caught_by("poor_outputs", "where all outputs and losses are nan it raised ValueError: nan")
class RoundsItsOutputs(metrics.MeanAbsoluteError):
    def add(self, state, z, targets, losses):
        if np.isnan(z).any():
            raise ValueError("nan")
        super().add(state, z, targets, losses)


@caught_by("direction", "right outputs give 0, wrong ones 0.67, and higher_is_better is True")
class LowestOutputWins(metrics.TopK):
    def add(self, state, z, targets, losses):
        super().add(state, -z, targets, losses)


@caught_by(
    "figures", "for 1 samples with values and 4 outputs it raised ValueError", "says so: `targets`"
)
class LabelsWithoutSayingSo(metrics.TopK):
    targets: ClassVar = "any"  # type: ignore[assignment]


@caught_by("blocks", "4 blocks give 0.524126456, all 600 samples at once 0.525")
class CountsTheFirstBlockTwice(metrics.TopK):
    def add(self, state, z, targets, losses):
        twice = 2 if not state[1] else 1
        for _ in range(twice):
            super().add(state, z, targets, losses)


@caught_by("dtypes", "float32 outputs and uint8 targets give 0.495 instead of 0.525")
class MultipliesLabels(metrics.TopK):
    def add(self, state, z, targets, losses):
        super().add(state, z, targets * 100 // 100, losses)


@caught_by("fields_are_read", "whatever 'k' says, it computes the same: 8 other values tried")
class AlwaysTopTwo(metrics.TopK):
    def add(self, state, z, targets, losses):
        best = np.argsort(z, axis=1)[:, -2:]
        state += (best == targets[:, None]).any(axis=1).sum(), len(z)


@caught_by(
    "ranges", "with beta=0, which its range allows, the figure for values (4 outputs) is infinite"
)
@dataclass(frozen=True)
class DividesByBeta(metrics.MeanAbsoluteError):
    """The mean distance over β."""

    beta: float = hyperparameter(1.0, "β", at_least=0)

    def result(self, state):
        return float(state[0] / state[1] / self.beta)


@caught_by("figures", "result gave figures upper, names are upper, lower")
class ForgetsAFigure(metrics.Quartiles):
    def result(self, state):
        return {"upper": super().result(state)["upper"]}


@caught_by("figures", "for 1 samples with labels and 4 outputs result gave list, not a float")
class ListsFigures(metrics.Quartiles):
    def result(self, state):
        return {name: [figure] for name, figure in super().result(state).items()}


@caught_by("blocks", "blocks give ", "for lower, all 600 samples at once")
class SecondFigureOfTheLastBlock(metrics.Quartiles):
    def add(self, state, z, targets, losses):
        super().add(state, z, targets, losses)
        state[0, 1] = losses.sum()

    def result(self, state):
        return super().result(state) | {"lower": float(state[0, 1])}


@caught_by("weights", "weights of 2 give", "rows that often", "(targets: values)")
class WeightsInTheSumAlone(metrics.WeightedDistance):
    def add(self, state, z, targets, losses, weights=None):
        w = np.ones(len(z)) if weights is None else weights
        state += w @ np.abs(z - targets).mean(axis=1), len(z)


@caught_by("weights", "weights of 0 to 3 give", "rows that often", "(targets: values)")
class WeightsTakenAndDropped(metrics.WeightedDistance):
    def add(self, state, z, targets, losses, weights=None):
        super().add(state, z, targets, losses)
