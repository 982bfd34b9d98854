"""Data sets for the network that the component under test is part of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework.components.base import Array, hyperparameter
from framework.components.dataset import Data, Dataset
from framework.components.layer import Layer
from framework.components.split import Split
from framework.components.targets import Targets
from framework.testing.stand_in_layers import ScaledTanh


@dataclass(frozen=True)
class Clouds(Dataset):
    """Points around three centres, labelled by the nearest; or with a smooth value each."""

    shape: tuple[int, ...] = hyperparameter((6,), "shape of a sample", at_least=1)
    targets: Targets = hyperparameter("labels", "what is to be learnt")
    classes: int = hyperparameter(3, "centres, or values of a row", at_least=1)

    def load(self, rng: np.random.Generator) -> Data:
        centres = rng.standard_normal((self.classes, *self.shape))
        splits = []
        for count in (50, 11, 11):
            labels = rng.integers(0, self.classes, count)
            points = centres[labels] + 0.5 * rng.standard_normal((count, *self.shape))
            flat = points.reshape(count, -1)
            columns = np.arange(self.classes) % flat.shape[1]
            smooth = 1 / (1 + np.exp(-flat[:, columns] - np.arange(self.classes) % 2))
            if self.targets == "sets":
                smooth = np.rint(smooth)
            splits.append(Split(points, labels if self.targets == "labels" else smooth))
        classes = self.classes if self.targets == "labels" else None
        train, validation, test = splits
        return Data(
            train,
            validation,
            test,
            classes=classes,
            source="the conformance kit's points",
            sets=self.targets == "sets",
        )


@dataclass(frozen=True)
class Examples(Dataset):
    """A layer's own examples, with labels."""

    layer: Layer = hyperparameter(ScaledTanh(), "the layer that gives them")
    number: int = hyperparameter(0, "which of them", at_least=0)

    def load(self, rng: np.random.Generator) -> Data:
        splits = []
        for count in (50, 11, 11):
            given = self._draw(rng, count)
            splits.append(Split(given.astype(np.float64), rng.integers(0, 3, count)))
        train, validation, test = splits
        return Data(train, validation, test, classes=3, source="the layer's examples")

    def _draw(self, rng: np.random.Generator, count: int) -> Array:
        given = list(self.layer.example_inputs(rng, count))
        shapes = ((6,), (5,))  # of a table that gives no examples
        return given[self.number] if given else rng.integers(0, 2, (count, *shapes[self.number]))
