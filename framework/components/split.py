"""A split: the inputs of some samples and their targets, in memory or on disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from framework.components.base import Array, Shape

_BLOCK = 4096  # rows looked at at once


@dataclass(frozen=True, eq=False)
class Split:
    """Inputs ``[N, *sample shape]`` and their targets: labels ``[N]``, values or sets ``[N, K]``.

    Attributes
    ----------
    rows : their numbers in the file they come from, where there is one: messages name them.
    weights : how much each sample counts, ``[N]``, in the loss and in metrics that take weights; 0
        or more, only their ratios matter. None where all count alike.
    """

    inputs: Array
    targets: Array
    rows: Array | None = None
    weights: Array | None = None

    @staticmethod
    def of_rows(inputs: Array, targets: Array, rows: Array, weights: Array | None = None) -> Split:
        """Pick some rows of whole arrays; of arrays on disk (`numpy.memmap`) none is copied yet."""
        first = int(rows[0]) if len(rows) else 0
        if np.array_equal(rows, np.arange(first, first + len(rows))):
            part = slice(first, first + len(rows))
            of_part = None if weights is None else weights[part]
            return Split(inputs[part], targets[part], rows, of_part)
        picked = None if weights is None else np.asarray(weights[rows])
        if isinstance(inputs, np.memmap):
            return _SplitOnDisk.of(inputs, targets, rows, picked)
        return Split(inputs[rows], targets[rows], rows, picked)

    def relative_weights(self) -> Array | None:
        """Return the weights with a mean of 1, in float64; None where all samples count alike."""
        if self.weights is None:
            return None
        weights = np.asarray(self.weights, np.float64)
        largest = weights.max(initial=0.0)
        weights = weights / (largest or 1.0)  # the mean of large ones would be infinite
        return np.asarray(weights / (weights.mean() or 1.0))

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
        """Return inputs and targets of some rows that follow each other; views where possible."""
        return self.inputs[start:stop], self.targets[start:stop]

    def blocks(self) -> Iterator[tuple[int, Array, Array]]:
        """Yield all rows block by block: the first one's number, inputs, targets."""
        for start in range(0, len(self), _BLOCK):
            yield start, *self.block(start, start + _BLOCK)

    def whole(self) -> tuple[Array, Array | None]:
        """Return an array that has the inputs, and which of its rows they are; None for all."""
        return self.inputs, None


class _SplitOnDisk(Split):
    """Rows of arrays that stay on disk: `inputs` are copied into memory if somebody asks for them.

    `dataclasses.replace` makes a split in memory of it, as of any other.
    """

    _source: tuple[Array, Array] | None = None

    @classmethod
    def of(cls, inputs: Array, targets: Array, rows: Array, weights: Array | None) -> Split:
        split = cls.__new__(cls)
        object.__setattr__(split, "rows", rows)
        object.__setattr__(split, "weights", weights)
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
