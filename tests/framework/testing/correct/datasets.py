"""Correct datasets, as third parties write them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from framework import (
    Columns,
    Data,
    DataError,
    Dataset,
    DatasetOfArrays,
    Split,
    hyperparameter,
)


@dataclass(frozen=True)
class Xor(Dataset):
    """Four corners, two classes."""

    copies: int = hyperparameter(10, "rows of each corner", at_least=1)

    def load(self, rng):
        corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.uint8)
        labels = corners[:, 0] ^ corners[:, 1]
        order = rng.permutation(4 * self.copies)
        train = Split(
            np.tile(corners, (self.copies, 1))[order], np.tile(labels, self.copies)[order]
        )
        return Data(train, Split(corners, labels), Split(corners, labels), classes=2, scale=1.0)


@dataclass(frozen=True)
class Sines(Dataset):
    """y = sin(x)."""

    path: str | None = hyperparameter(None, "a file of more points; none by default")

    def load(self, rng):
        if self.path is not None:
            raise DataError(f"{self.path}: there is no such file")
        splits = []
        for rows in (40, 10, 10):
            x = rng.uniform(-3, 3, (rows, 1)).astype(np.float32)
            splits.append(Split(x, np.sin(x)))
        train, validation, test = splits
        return Data(train, validation, test)

    @classmethod
    def examples(cls) -> Sequence[Sines]:
        return (cls(),)


@dataclass(frozen=True)
class Fruit(Dataset):
    """A colour, and a mass that some rows lack."""

    def load(self, rng):
        def draw(count):
            kind = np.arange(count) % 2
            mass = np.where(rng.random(count) < 0.2, np.nan, 100.0 + 50 * kind)
            return Split(np.column_stack([kind, mass]), kind)

        columns = Columns(("colour", "mass"), (("green", "red"), ()))
        return Data(draw(40), draw(10), draw(10), classes=2, columns=columns)


@dataclass(frozen=True)
class Handed(DatasetOfArrays):
    """Arrays from a program; each third row is held out in turn."""

    def load_arrays(self, arrays, rng):
        inputs, targets = arrays["inputs"], arrays["targets"]
        order = rng.permutation(len(inputs))
        parts = (
            order[: len(order) // 2],
            order[len(order) // 2 :: 2],
            order[len(order) // 2 + 1 :: 2],
        )
        train, validation, test = (Split.of_rows(inputs, targets, rows) for rows in parts)
        return Data(train, validation, test, classes=int(targets.max()) + 1)
