"""Datasets with one planted bug each, and the check that must find it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    Columns,
    Data,
    Split,
    hyperparameter,
)
from tests.framework.testing.correct import datasets
from tests.framework.testing.planted.mark import caught_by


@caught_by("given", "60 rows were given, its splits have 59")
class LosesTheLastRow(datasets.Handed):
    """Holds out by a slice that ends too early."""

    def load_arrays(self, arrays, rng):
        return super().load_arrays({name: array[:-1] for name, array in arrays.items()}, rng)


@caught_by("given", "targets of a row are others than those that were given")
class ShufflesTargetsAlone(datasets.Handed):
    def load_arrays(self, arrays, rng):
        targets = rng.permutation(arrays["targets"])
        return super().load_arrays({**arrays, "targets": targets}, rng)


@caught_by("splits", "memory: train label 2 in row 5 is outside the classes 0 to 1")
class LabelsFromOne(datasets.Xor):
    def load(self, rng):
        data = super().load(rng)
        train = Split(data.train.inputs, data.train.targets + 1)
        return Data(train, data.validation, data.test, classes=2)


@caught_by("splits", "train has inputs of shape (40, 2) but targets of shape (39,)")
class RowsMissing(datasets.Xor):
    def load(self, rng):
        data = super().load(rng)
        return Data(Split(data.train.inputs, data.train.targets[:-1]), data.test, data.test, 2)


@caught_by("splits", "test inputs are float64 from 0 to 0.00392157, train inputs uint8 from 0 to 1")
class TwoTypes(datasets.Xor):
    def load(self, rng):
        data = super().load(rng)
        test = Split(data.test.inputs / 255, data.test.targets)
        return Data(data.train, data.validation, test, classes=2)


@caught_by("splits", "categories of column 1 ('mass') are None; expected a tuple of texts")
class NoneForNumbers(datasets.Fruit):
    def load(self, rng):
        columns = Columns(("colour", "mass"), (("green", "red"), None))  # type: ignore[arg-type]
        return dataclasses.replace(super().load(rng), columns=columns)


@caught_by("splits", "train inputs in row")
class MissingWithoutNames(datasets.Fruit):
    def load(self, rng):
        return dataclasses.replace(super().load(rng), columns=Columns())


@caught_by("seeds", "load draws from the global generator (np.random.… or random.…)")
class ShufflesGlobally(datasets.Xor):
    def load(self, rng):
        np.random.shuffle(data := np.arange(40))
        return super().load(np.random.default_rng(data))


@caught_by("seeds", "load gave two different 'train inputs' for the same input and seed")
class OwnGenerator(datasets.Sines):
    def load(self, rng):
        return super().load(np.random.default_rng())


@caught_by(
    "seeds", "the second load drew other numbers than the first: something is kept from before"
)
class KeepsTheFirstDraw(datasets.Xor):
    kept: ClassVar[list[Data]] = []

    def load(self, rng):
        if not self.kept:
            self.kept.append(super().load(rng))
        return self.kept[0]


@caught_by("classes", "all 40 training labels are 0")
class OneLabelOnly(datasets.Xor):
    def load(self, rng):
        data = super().load(rng)
        train = Split(data.train.inputs, data.train.targets * 0)
        return Data(train, data.validation, data.test, classes=2)


@caught_by("splits", "memory: test has no rows: inputs have shape (0, 2); expected at least one")
class NothingToTest(datasets.Xor):
    def load(self, rng):
        data = super().load(rng)
        empty = Split(data.test.inputs[:0], data.test.targets[:0])
        return Data(data.train, data.validation, empty, classes=2)


@caught_by(
    "splits", "memory: validation has no rows: inputs have shape (0, 1); expected at least one"
)
class NothingToValidate(datasets.Sines):
    def load(self, rng):
        data = super().load(rng)
        empty = Split(data.train.inputs[:0], data.train.targets[:0])
        return Data(data.train, empty, data.test)


@caught_by("apart", "test shares rows with train: their inputs are the same memory")
class TestsOnTraining(datasets.Sines):
    def load(self, rng):
        data = super().load(rng)
        return Data(data.train, data.validation, Split(*_rows(data.train, 10)))


@caught_by("apart", "validation shares rows with train: their inputs are the same memory")
class SplitsOverlap(datasets.Sines):
    def load(self, rng):
        data = super().load(rng)
        x, t = data.train.inputs, data.train.targets
        return Data(Split(x[:31], t[:31]), Split(x[30:], t[30:]), data.test)


@caught_by("classes", "training never shows [1], which test has")
class SortedByLabel(datasets.Xor):
    def load(self, rng):
        x = np.arange(60, dtype=np.float32).reshape(30, 2)
        labels = np.repeat([0, 2, 1], 10)
        a, b, c = (Split(x[i:j], labels[i:j]) for i, j in ((0, 18), (18, 20), (20, 30)))
        return Data(a, b, c, classes=3)


@caught_by("ranges", "with copies=0, which its range allows, it raised ZeroDivisionError")
@dataclass(frozen=True)
class NoCopies(datasets.Xor):
    """May be asked for no rows at all, and raises then."""

    copies: int = hyperparameter(10, "rows of each corner", at_least=0)

    def load(self, rng):
        assert 40 // self.copies >= 0
        return super().load(rng)


@caught_by("fields_are_read", "nothing reads 'noise': whatever it says, nothing changes")
@dataclass(frozen=True)
class NeverNoisy(datasets.Sines):
    """A field that it forgets."""

    noise: float = hyperparameter(0.1, "deviation of the targets", at_least=0)


def _rows(split, count):
    return split.inputs[:count], split.targets[:count]


@caught_by("splits", "memory: train weights in row 3 are negative, -1")
class NegativeWeights(datasets.Xor):
    def load(self, rng):
        data = super().load(rng)
        weights = np.ones(len(data.train))
        weights[3] = -1
        train = Split(data.train.inputs, data.train.targets, weights=weights)
        return Data(train, data.validation, data.test, classes=2)
