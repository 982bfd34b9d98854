"""Some of another dataset's rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from framework import Array, Data, DataError, Dataset, Split, hyperparameter

from .spirals import Spirals


@dataclass(frozen=True)
class Subset(Dataset):
    """Random rows of each split of another dataset, every class in proportion.

    For a study that shall take seconds, and for learning curves: how a figure grows with the rows
    that are trained on.

    Figueroa et al., "Predicting sample size required for classification performance", 2012.

    >>> data = Subset(Spirals(points=300), train=30).load(np.random.default_rng(0))
    >>> len(data.train), len(data.validation)
    (30, 600)

    Differs: PyTorch's ``Subset`` is given the rows' numbers; scikit-learn's ``resample`` draws them
    alike with ``replace=False`` and ``stratify``.
    """

    of: Dataset = hyperparameter(Spirals(), "the dataset that rows are taken from")
    train: int | None = hyperparameter(None, "training rows; null: all there are", at_least=1)
    validation: int | None = hyperparameter(None, "validation rows; null: all", at_least=1)
    test: int | None = hyperparameter(None, "test rows; null: all", at_least=1)

    def load(self, rng: np.random.Generator) -> Data:
        data = self.of.load(rng)
        train, validation, test = (
            self._some(name, split, data.source, rng) for name, split in data.splits().items()
        )
        return replace(data, train=train, validation=validation, test=test)

    def _some(self, name: str, split: Split, source: str, rng: np.random.Generator) -> Split:
        count: int | None = getattr(self, name)
        if count is None:
            return split
        if count > len(split):
            raise DataError(
                f"data: subset is asked for {name}={count:,}, expected at most the"
                f" {len(split):,} rows of {source}"
            )
        return _rows(split, _draw(split, count, rng))


def _draw(split: Split, count: int, rng: np.random.Generator) -> Array:
    """Return the numbers of some rows, rising: shuffled, ordered by class, at even distances."""
    order = rng.permutation(len(split))
    targets = np.asarray(split.targets)
    if targets.ndim == 1 and targets.dtype.kind in "ui":
        order = order[np.argsort(targets[order], kind="stable")]
    return np.sort(order[((np.arange(count) + 0.5) * len(order) / count).astype(np.int64)])


def _rows(split: Split, numbers: Array) -> Split:
    array, within = split.whole()
    inputs = np.asarray(array[numbers if within is None else within[numbers]])
    rows = numbers if split.rows is None else split.rows[numbers]
    weights = None if split.weights is None else split.weights[numbers]
    return Split(inputs, np.asarray(split.targets)[numbers], rows, weights)
