"""Arrays in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from framework import Data, DatasetOfArrays

from .array_fields import ArrayFields
from .held_out import check_names
from .own_splits import OwnSplits
from .whole_arrays import data_of


@dataclass(frozen=True)
class Arrays(OwnSplits, ArrayFields, DatasetOfArrays):
    """Arrays that a program hands over: `framework.fit(X, y)`.

    They are read as those of an `.npz` file are (`data=npz`), rows are held out alike, and the same
    seed trains the same bytes.
    """

    def load_arrays(self, arrays: Mapping[str, Any], rng: np.random.Generator) -> Data:
        check_names(arrays, "arrays")
        return data_of(arrays, self.reading(), self.hold_out(), rng, "arrays")
