"""Minibatches: the rows of a split in a fresh order each epoch, in slices of one size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from framework.components.base import Array
from framework.components.split import Split
from framework.engine.inputs import as_compared
from framework.engine.weighted_loss import WeightedTargets
from framework.errors import ConfigurationError
from framework.training.settings import TrainerSettings

_GATHERED = 64  # rows gathered at once: they are still in the cache when they are scaled
_STEPS_BY_HEART = 100  # at least, of an epoch


def count_steps(rows: int, settings: TrainerSettings) -> int:
    """Return how many minibatches an epoch of so many rows has.

    Rows that are learnt by heart (`TrainerSettings.overfit_batches`) come again and again in it.

    Raises
    ------
    ConfigurationError : when it has none.
    """
    whole, remainder = divmod(rows, settings.batch_size)
    if settings.overfit_batches is not None and whole > 0:
        return whole * -(-_STEPS_BY_HEART // whole)
    steps = whole + (remainder > 0 and not settings.drop_last)
    if steps == 0:
        raise ConfigurationError(
            f"trainer.batch_size: {settings.batch_size} is more than the {rows} training rows;"
            " expected no more, or trainer.drop_last=false"
        )
    return steps


class Minibatches:
    """Draws the order of each epoch and gathers its batches.

    A batch is gathered in the dtype the split is kept in and becomes floats on its way into the
    network, so bytes stay a quarter of the size in memory, and are faster to gather than floats.
    ``scale`` is what they are to be multiplied by there. Of a split whose arrays stay on disk only
    the rows of a batch are read.
    """

    def __init__(
        self,
        split: Split,
        settings: TrainerSettings,
        scale: float | None,
        dtype: str,
        weights: Array | None = None,
    ) -> None:
        self._inputs, self._rows = split.whole()
        self._targets = as_compared(split.targets, dtype)
        self._weights = None if weights is None else weights.astype(dtype)
        self.scale = scale
        self._shuffle = settings.shuffle
        self._count, self.batch_size = len(split), settings.batch_size
        self.steps = count_steps(self._count, settings)
        self.remainder = 0 if settings.drop_last else self._count % self.batch_size
        self._repeats = settings.overfit_batches is not None and self.remainder == 0
        gathered = min(_GATHERED, self.batch_size)
        self._gathered = np.empty((gathered, *self._inputs.shape[1:]), self._inputs.dtype)

    def order(self, rng: np.random.Generator) -> Array:
        """Draw the order of the rows for an epoch."""
        if self._repeats:
            return np.resize(np.arange(self._count), self.steps * self.batch_size)
        return rng.permutation(self._count) if self._shuffle else np.arange(self._count)

    def batches(self, order: Array, start: int = 0) -> Iterator[tuple[Array, Any]]:
        """Yield each batch's rows, for `gather`, and targets, from batch number `start` on.

        Where rows have weights, these are `WeightedTargets`.
        """
        targets: Any = self._targets.take(order, axis=0)
        if self._weights is not None:
            targets = WeightedTargets(targets, self._weights.take(order))
        rows = order if self._rows is None else self._rows.take(order)
        size = self.batch_size
        for i in range(start, self.steps):
            stop = min((i + 1) * size, len(order))
            yield rows[i * size : stop], targets[i * size : stop]

    def gather(self, rows: Array, x: Array, scale: float | None) -> None:
        """Copy the inputs of some rows into a batch, multiplied by `scale` if there is one.

        ``mode="clip"`` spares numpy a copy it makes only to be able to raise; rows are in range.
        """
        if len(rows) == len(self._gathered):  # as most batches are
            self._inputs.take(rows, 0, self._gathered, "clip")
            np.copyto(x, self._gathered, "same_kind")
            if scale is not None:
                np.multiply(x, scale, x)
            return
        for start in range(0, len(rows), _GATHERED):
            part, into = rows[start : start + _GATHERED], x[start : start + _GATHERED]
            gathered = self._gathered[: len(part)]
            self._inputs.take(part, 0, gathered, "clip")
            np.copyto(into, gathered, casting="same_kind")
            if scale is not None:
                np.multiply(into, scale, out=into)
