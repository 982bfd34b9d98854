"""A dataset: where the arrays for training, validation and test come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from framework.components.base import Array, Component, Shape

_BLOCK = 4096  # rows looked at at once


@dataclass(frozen=True, eq=False)
class Split:
    """Inputs ``[N, *sample shape]`` and their targets: labels ``[N]`` or values ``[N, K]``.

    ``rows`` are their numbers in the file they come from, where there is one: messages name them.
    """

    inputs: Array
    targets: Array
    rows: Array | None = None

    @staticmethod
    def of_rows(inputs: Array, targets: Array, rows: Array) -> Split:
        """Pick some rows of whole arrays; of arrays on disk (`numpy.memmap`) none is copied yet."""
        first = int(rows[0]) if len(rows) else 0
        if np.array_equal(rows, np.arange(first, first + len(rows))):
            part = slice(first, first + len(rows))
            return Split(inputs[part], targets[part], rows)
        if isinstance(inputs, np.memmap):
            return _SplitOnDisk.of(inputs, targets, rows)
        return Split(inputs[rows], targets[rows], rows)

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def shapes(self) -> tuple[Shape, Shape]:
        """The shapes of inputs and targets."""
        return self.inputs.shape, self.targets.shape

    @property
    def dtypes(self) -> tuple[np.dtype[Any], np.dtype[Any]]:
        """The types of inputs and targets."""
        return self.inputs.dtype, self.targets.dtype

    def block(self, start: int, stop: int) -> tuple[Array, Array]:
        """Give the inputs and targets of some rows that follow each other; views where possible."""
        return self.inputs[start:stop], self.targets[start:stop]

    def blocks(self) -> Iterator[tuple[int, Array, Array]]:
        """Give all rows block by block: the first one's number, inputs, targets."""
        for start in range(0, len(self), _BLOCK):
            yield start, *self.block(start, start + _BLOCK)

    def whole(self) -> tuple[Array, Array | None]:
        """Give an array that has the inputs, and which of its rows they are; None for all."""
        return self.inputs, None


class _SplitOnDisk(Split):
    """Rows of arrays that stay on disk: `inputs` are copied into memory if somebody asks for them.

    `dataclasses.replace` makes a split in memory of it, as of any other.
    """

    _source: tuple[Array, Array] | None = None

    @classmethod
    def of(cls, inputs: Array, targets: Array, rows: Array) -> Split:
        split = cls.__new__(cls)
        object.__setattr__(split, "rows", rows)
        object.__setattr__(split, "_source", (inputs, targets))
        return split

    @cached_property
    def inputs(self) -> Array:
        return self.block(0, len(self))[0]

    @cached_property
    def targets(self) -> Array:
        source = self._source
        assert source is not None
        return np.asarray(source[1][self.rows])

    def __len__(self) -> int:
        return len(self.inputs) if self._source is None or self.rows is None else len(self.rows)

    @property
    def shapes(self) -> tuple[Shape, Shape]:
        if self._source is None:
            return super().shapes
        inputs, targets = self._source
        return (len(self), *inputs.shape[1:]), (len(self), *targets.shape[1:])

    @property
    def dtypes(self) -> tuple[np.dtype[Any], np.dtype[Any]]:
        inputs, targets = self._source or (self.inputs, self.targets)
        return inputs.dtype, targets.dtype

    def block(self, start: int, stop: int) -> tuple[Array, Array]:
        if self._source is None or self.rows is None:
            return super().block(start, stop)
        inputs, targets = self._source
        rows = self.rows[start:stop]
        return np.asarray(inputs[rows]), np.asarray(targets[rows])

    def whole(self) -> tuple[Array, Array | None]:
        return super().whole() if self._source is None else (self._source[0], self.rows)


@dataclass(frozen=True, eq=False)
class Data:
    """What a dataset loads.

    Attributes
    ----------
    train, validation, test : the three splits, none of them empty. Inputs are integers in all of
        them, or floats in all of them; bytes stay bytes.
    classes : how many classes the labels tell apart; None when targets are values.
    scale : what all inputs are multiplied by on their way into the network, whatever their dtype,
        those that are predicted later, too; for pictures of bytes 1/255, None for nothing.
    image_shape : height and width when a sample is a picture.
    source : which file or place it came from, for messages and the log.
    notes : how it was read, in lines for the log.
    targets_given : dtype and shape of the targets as the source has them, for messages.
    """

    train: Split
    validation: Split
    test: Split
    classes: int | None = None
    scale: float | None = None
    image_shape: tuple[int, int] | None = None
    source: str = "memory"
    notes: tuple[str, ...] = ()
    targets_given: str = ""

    @property
    def sample_shape(self) -> Shape:
        """The shape of one input sample."""
        return self.train.shapes[0][1:]

    @property
    def outputs(self) -> int:
        """How many outputs a network for this data has: classes, or width of the targets."""
        return self.classes if self.classes is not None else self.train.shapes[1][1]

    @property
    def target_kind(self) -> Literal["labels", "values"]:
        """Whether targets are class labels or values."""
        return "values" if self.classes is None else "labels"

    @cached_property
    def fingerprint(self) -> Mapping[str, Any]:
        """What tells these data from others (`framework/runs/fingerprint.py`)."""
        from framework.runs.fingerprint import fingerprint

        return fingerprint(self)

    def targets(self) -> str:
        """Say what targets are: their kind, and the dtype and shape they came in."""
        own = f"{self.train.dtypes[1]} of shape {self.train.shapes[1]}"
        return f"{self.target_kind} ({self.targets_given or own})"

    def hint(self) -> str:
        """Say how values that look like labels would be labels; '' when they do not."""
        array = self.train.targets
        if self.target_kind == "labels" or not len(array) or not np.all(array == np.floor(array)):
            return ""
        if array.shape[1] == 1:
            return "; if they are classes, targets.astype('int64').ravel() are labels"
        if np.all((array == 0) | (array == 1)) and np.all(array.sum(axis=1) == 1):
            return "; if they are one-hot classes, targets.argmax(1) are labels"
        return ""

    def splits(self) -> dict[str, Split]:
        """Give the splits by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def check(self, dtype: str = "float64") -> None:
        """Refuse arrays that no network of floats of this type could be trained on.

        Raises
        ------
        DataError : naming the source, the split, the row and what is wrong with it.
        """
        from framework.training.data_check import check

        check(self, dtype)


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
