"""Fewer rows than there are: for a run that only tries, or learns some minibatches by heart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from framework.components.dataset import Data
from framework.components.split import Split
from framework.training.settings import TrainerSettings

_FAST_STEPS = 5  # of training, in each epoch of a fast run
_FAST_ROWS = 200  # of validation and test


def some_rows(split: Split, count: int | None) -> Split:
    """Return so many rows of a split, evenly spread; itself where that is all."""
    if count is None or count >= len(split):
        return split
    rows = np.arange(count) * len(split) // count
    inputs, held = split.whole()
    held = rows if held is None else np.asarray(held)[rows]
    weights = None if split.weights is None else np.asarray(split.weights)[rows]
    return Split(np.asarray(inputs[held]), np.asarray(split.targets)[rows], None, weights)


def fewer_rows(data: Data, settings: TrainerSettings) -> Data:
    """Return the data that a run is to see: all, but in a fast run or one that overfits.

    One that overfits has the rows of its minibatches in every split.
    """
    size = settings.batch_size
    if settings.overfit_batches is not None:
        most = max(len(data.train) // size, 1) * size
        rows = some_rows(data.train, min(settings.overfit_batches * size, most))
        return replace(data, train=rows, validation=rows, test=rows)
    if settings.fast_run:
        return replace(
            data,
            train=some_rows(data.train, _FAST_STEPS * size),
            validation=some_rows(data.validation, _FAST_ROWS),
            test=some_rows(data.test, _FAST_ROWS),
        )
    return data
