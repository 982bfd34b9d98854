"""A dataset: where the arrays for training, validation and test come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from framework.component import Array, Component, Shape
from framework.errors import DataError


@dataclass(frozen=True, eq=False)
class Split:
    """Inputs ``[N, *sample shape]`` and their targets: labels ``[N]`` or values ``[N, K]``."""

    inputs: Array
    targets: Array

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass(frozen=True, eq=False)
class Data:
    """What a dataset loads.

    Attributes
    ----------
    train, validation, test : the three splits. All inputs are of one dtype; bytes stay bytes.
    classes : how many classes the labels tell apart; None when targets are values.
    scale : what inputs are multiplied by on their way into the network; for bytes, 1/255.
    image_shape : height and width when a sample is a picture.
    source : which file or place it came from, for messages and the log.
    """

    train: Split
    validation: Split
    test: Split
    classes: int | None = None
    scale: float | None = None
    image_shape: tuple[int, int] | None = None
    source: str = "memory"

    @property
    def sample_shape(self) -> Shape:
        """The shape of one input sample."""
        return self.train.inputs.shape[1:]

    @property
    def outputs(self) -> int:
        """How many outputs a network for this data has: classes, or width of the targets."""
        return self.classes if self.classes is not None else self.train.targets.shape[1]

    @property
    def target_kind(self) -> Literal["labels", "values"]:
        """Whether targets are class labels or values."""
        return "values" if self.classes is None else "labels"

    def targets(self) -> str:
        """Say what targets are: their kind, dtype and shape."""
        array = self.train.targets
        return f"{self.target_kind} ({array.dtype} of shape {array.shape})"

    def hint(self) -> str:
        """Say how values that look like labels would be labels; '' when they do not."""
        array = self.train.targets
        if self.target_kind == "labels" or not len(array) or not np.all(array == np.floor(array)):
            return ""
        if array.shape[1] == 1:
            return "; if they are classes, give integers of shape [N]"
        if np.all((array == 0) | (array == 1)) and np.all(array.sum(axis=1) == 1):
            return "; if they are one-hot classes, give integers of shape [N]: targets.argmax(1)"
        return ""

    def splits(self) -> dict[str, Split]:
        """Give the splits by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def check(self) -> None:
        """Refuse arrays that no network could be trained on.

        Raises
        ------
        DataError : naming the source, the split and what is wrong with it.
        """
        for name, split in self.splits().items():
            problem = self._problem(split)
            if problem:
                raise DataError(f"{self.source}: {name} {problem}")
        if not len(self.train):
            raise DataError(f"{self.source}: train has no rows")

    def _problem(self, split: Split) -> str | None:
        inputs, targets = split.inputs, split.targets
        if inputs.dtype.kind not in "uif" or targets.dtype.kind not in "uif":
            return f"holds {inputs.dtype} inputs and {targets.dtype} targets; numbers are needed"
        if len(inputs) != len(targets):
            return f"has {len(inputs)} inputs but {len(targets)} targets"
        if inputs.ndim < 2 or inputs.shape[1:] != self.sample_shape:
            return f"inputs have shape {inputs.shape}; expected (rows, {self.sample_shape})"
        if self.classes is None:
            width = self.train.targets.shape[1:]
            if targets.ndim != 2 or targets.shape[1:] != width:
                return f"targets have shape {targets.shape}; expected (rows, columns)"
            return _not_finite("targets", targets) or _not_finite("inputs", inputs)
        if targets.ndim != 1 or targets.dtype.kind not in "ui":
            return f"labels are {targets.dtype} of shape {targets.shape}; expected integers (rows,)"
        outside = np.flatnonzero((targets < 0) | (targets >= self.classes))
        if len(outside):
            row = int(outside[0])
            return (
                f"label {targets[row]} in row {row} is outside the classes 0 to {self.classes - 1}"
            )
        return _not_finite("inputs", inputs)


def _not_finite(what: str, values: Array) -> str | None:
    # Summed block by block: a sum is finite only if every term is, and needs no second array.
    if values.dtype.kind != "f":
        return None
    for start in range(0, len(values), 4096):
        block = values[start : start + 4096]
        if not np.isfinite(np.sum(block, dtype=np.float64)):
            rows = np.flatnonzero(~np.isfinite(block).reshape(len(block), -1).all(axis=1))
            if len(rows):
                return f"{what} in row {start + int(rows[0])} are not finite"
    return None


@dataclass(frozen=True)
class Dataset(Component):
    """A source of data."""

    def load(self, rng: np.random.Generator) -> Data:
        """Give the arrays; whatever is random comes from ``rng``.

        Raises
        ------
        DataError : when a file is missing or damaged; the text names it.
        """
        raise NotImplementedError
