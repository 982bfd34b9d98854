"""Datasets with one planted bug each, and the check that must find it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from framework import (
    Data,
    Split,
)
from tests.framework.testing.correct import datasets
from tests.framework.testing.planted.mark import caught_by


@caught_by("splits")
class LabelsFromOne(datasets.Xor):
    def load(self, rng):
        data = super().load(rng)
        train = Split(data.train.inputs, data.train.targets + 1)
        return Data(train, data.validation, data.test, classes=2)


@caught_by("splits")
class RowsMissing(datasets.Xor):
    def load(self, rng):
        data = super().load(rng)
        return Data(Split(data.train.inputs, data.train.targets[:-1]), data.test, data.test, 2)


@caught_by("splits")
class TwoTypes(datasets.Xor):
    def load(self, rng):
        data = super().load(rng)
        test = Split(data.test.inputs / 255, data.test.targets)
        return Data(data.train, data.validation, test, classes=2)


@caught_by("seeds")
class ShufflesGlobally(datasets.Xor):
    def load(self, rng):
        np.random.shuffle(data := np.arange(40))
        return super().load(np.random.default_rng(data))


@caught_by("seeds")
class OwnGenerator(datasets.Sines):
    def load(self, rng):
        return super().load(np.random.default_rng())


@caught_by("seeds")
class KeepsTheFirstDraw(datasets.Xor):
    kept: ClassVar[list[Data]] = []

    def load(self, rng):
        if not self.kept:
            self.kept.append(super().load(rng))
        return self.kept[0]


@caught_by("classes")
class OneLabelOnly(datasets.Xor):
    def load(self, rng):
        data = super().load(rng)
        train = Split(data.train.inputs, data.train.targets * 0)
        return Data(train, data.validation, data.test, classes=2)
