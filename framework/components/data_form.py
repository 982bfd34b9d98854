"""The form of the data that a network was trained on: it stays with the network."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from framework.components.base import Array, hyperparameter
from framework.components.columns import Columns
from framework.components.split import Split

_LARGEST_BYTE = 255


@dataclass(frozen=True)
class DataForm:
    """What inputs of the training split were like, which tells what later ones mean.

    >>> DataForm("uint8", 0, 255).units()
    'uint8 from 0 to 255'
    """

    dtype: str = hyperparameter("float64", "the inputs' type")
    lowest: float = hyperparameter(0.0, "the smallest number of all inputs")
    largest: float = hyperparameter(0.0, "the largest number of all inputs")
    image_shape: tuple[int, int] | None = hyperparameter(
        None, "height and width when a sample is a picture", at_least=1
    )
    column_names: tuple[str, ...] = hyperparameter((), "the names of the columns, if they have any")
    categories: tuple[tuple[str, ...], ...] = hyperparameter(
        (), "for each column its categories, by code; none for one of numbers"
    )
    class_names: tuple[str, ...] = hyperparameter((), "the names of the classes, if they have any")
    preparation: str = hyperparameter("", "what makes samples of pictures, by its name; '' nothing")

    @property
    def columns(self) -> Columns:
        """The columns, with their categories."""
        return Columns(self.column_names, self.categories or ((),) * len(self.column_names))

    def plain(self) -> dict[str, Any]:
        """Return what a file keeps of it: all that is said."""
        return {k: v for k, v in asdict(self).items() if k != "preparation" or v}

    def units(self) -> str:
        """Return type and range in words."""
        return f"{self.dtype} from {self.lowest:.6g} to {self.largest:.6g}"


def form_of(
    split: Split,
    image_shape: tuple[int, int] | None,
    columns: Columns,
    class_names: tuple[str, ...],
    preparation: str = "",
) -> DataForm:
    """Look at the inputs of the training split, block by block."""
    lowest, largest, bytes_ = np.inf, -np.inf, split.dtypes[0] == np.uint8
    for _, inputs, _ in split.blocks():
        low, high = _extremes(inputs) if inputs.size else (0.0, 0.0)
        lowest, largest = min(lowest, low), max(largest, high)
        if bytes_ and (lowest, largest) == (0, _LARGEST_BYTE):
            break  # the first block of pictures has all there can be
    lowest, largest = (lowest, largest) if lowest <= largest else (0.0, 0.0)
    return DataForm(
        *(str(split.dtypes[0]), lowest, largest, image_shape),
        *(columns.names, columns.categories, class_names, preparation),
    )


def _extremes(inputs: Array) -> tuple[float, float]:
    """Return the smallest and the largest number that is one; 0 where none is."""
    low, high = float(inputs.min()), float(inputs.max())
    if np.isfinite(low) and np.isfinite(high):
        return low, high
    numbers = inputs[np.isfinite(inputs)]
    return (float(numbers.min()), float(numbers.max())) if numbers.size else (0.0, 0.0)
