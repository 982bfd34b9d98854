"""Another dataset, some of whose training labels are wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from framework import Data, DataError, Dataset, fraction, hyperparameter

from .spirals import Spirals


@dataclass(frozen=True)
class LabelNoise(Dataset):
    r"""Give training rows, each with probability p, a label drawn from all others.

        label ← (label + d) mod classes,  d ~ U{1, …, classes - 1}

    Validation and test keep their labels, so that their figures say what was learnt of the truth.
    Which rows are wrong the seed decides.

    Nakkiran, Kaplun, Bansal, Yang, Barak and Sutskever, "Deep double descent: where bigger models
    and more data hurt", 2020.

    >>> of, rng = Spirals(classes=2, points=1000), np.random.default_rng
    >>> noisy, true = LabelNoise(of, share=0.2).load(rng(0)), of.load(rng(0))
    >>> round(float(np.mean(noisy.train.targets != true.train.targets)), 1)
    0.2
    >>> bool(np.all(noisy.test.targets == true.test.targets))
    True

    Differs: Zhang et al., "Understanding deep learning requires rethinking generalization", 2017,
    draw from all classes, so that one label in ``classes`` of those stays right.
    """

    of: Dataset = hyperparameter(Spirals(), "the dataset with the right labels")
    share: float = fraction(0.1, "probability that a training label is wrong, p")

    def load(self, rng: np.random.Generator) -> Data:
        data = self.of.load(rng)
        if data.classes is None or data.sets or data.classes < 2:
            raise DataError(
                f"data: label_noise needs labels of two or more classes, {data.source} has"
                f" {data.targets()}"
            )
        labels = np.asarray(data.train.targets)
        wrong = rng.random(len(labels)) < self.share
        shift = rng.integers(1, data.classes, len(labels))
        noisy = np.where(wrong, (labels.astype(np.int64) + shift) % data.classes, labels)
        train = replace(data.train, targets=noisy.astype(labels.dtype))
        note = (
            f"{np.count_nonzero(wrong):,} of {len(labels):,} training labels are wrong on purpose"
        )
        return replace(data, train=train, notes=(*data.notes, note))
