"""Arrays in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from framework import Data, DatasetOfArrays, Targets, fraction, hyperparameter

from .held_out import HoldOut, How, check_names
from .whole_arrays import Reading, data_of


@dataclass(frozen=True)
class Arrays(DatasetOfArrays):
    """Arrays that a program hands over: `framework.fit(X, y)`.

    They are read as those of an `.npz` file are (`data=npz`), rows are held out alike, and the same
    seed trains the same bytes.
    """

    classes: int | None = hyperparameter(
        None, "number of classes; null: one more than the largest label", at_least=2
    )
    scale: float | None = hyperparameter(
        None, "what all inputs are multiplied by; null: nothing; pictures of bytes: 1/255", above=0
    )
    targets: Targets | None = hyperparameter(
        None,
        "labels, values or sets; null: labels if integers (rows,), else as the loss takes them",
    )
    validation: float = fraction(0.1, "share of the rows held out, unless they are given")
    test: float = fraction(0.1, "share of the rows held out, unless they are given")
    split: How = hyperparameter(
        "random", "rows held out: random, each class in proportion; or last"
    )
    flatten: bool = hyperparameter(True, "make each sample flat")

    def load_arrays(self, arrays: Mapping[str, Any], rng: np.random.Generator) -> Data:
        check_names(arrays, "arrays")
        reading = Reading(self.classes, self.scale, self.flatten, self.targets)
        hold_out = HoldOut(self.validation, self.test, self.split)
        return data_of(arrays, reading, hold_out, rng, "arrays")
