"""Weights that are all the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Initializer, Shape, hyperparameter


@dataclass(frozen=True)
class Constant(Initializer):
    r"""Set every weight to one value: W = c.

    All units of a layer then stay alike for ever; good for lessons, not for training.

    >>> Constant(value=2.0).draw(np.random.default_rng(0), (1, 2))
    array([[2., 2.]])
    """

    value: float = hyperparameter(0.01, "the value c of every weight")

    def draw(self, rng: np.random.Generator, shape: Shape) -> Array:
        return np.full(shape, self.value)


@dataclass(frozen=True)
class Zeros(Initializer):
    r"""Set every weight to zero: W = 0."""

    def draw(self, rng: np.random.Generator, shape: Shape) -> Array:
        return np.zeros(shape)
