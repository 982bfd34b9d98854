"""Points on interleaved spirals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Data, Dataset, Split, hyperparameter, non_negative, positive


@dataclass(frozen=True)
class Spirals(Dataset):
    r"""Generate points in the plane, each class an arm of a spiral around the origin.

        angle  = 2π (class / classes + turns · u),  u ~ U(0, 1)
        point  = √u (cos angle, sin angle) + noise · N(0, 1)

    After Lang and Witbrock, "Learning to tell two spirals apart", 1988. Needs no file: good for a
    first look, a lesson or a test.
    """

    classes: int = hyperparameter(3, "arms of the spiral", at_least=2)
    points: int = hyperparameter(3000, "points in all, for training", at_least=1)
    held_out: int = hyperparameter(
        600, "points for validation, and as many for the test", at_least=1
    )
    turns: float = positive(0.75, "turns each arm makes")
    noise: float = non_negative(0.02, "standard deviation of the noise on each coordinate")

    def load(self, rng: np.random.Generator) -> Data:
        train, validation, test = (
            self._draw(rng, count) for count in (self.points, self.held_out, self.held_out)
        )
        return Data(train, validation, test, classes=self.classes, source="spirals")

    def _draw(self, rng: np.random.Generator, count: int) -> Split:
        labels: Array = rng.integers(0, self.classes, count)
        u = rng.uniform(0, 1, count)
        angle = 2 * np.pi * (labels / self.classes + self.turns * u)
        points = np.sqrt(u)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        points += self.noise * rng.standard_normal((count, 2))
        return Split(points, labels)
