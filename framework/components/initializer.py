"""An initializer: the weights a layer starts from (`framework/engine/initialization.py`)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework.components.base import Array, Component, Shape


@dataclass(frozen=True)
class Initializer(Component):
    """A distribution of first weights."""

    def draw(self, rng: np.random.Generator, shape: Shape) -> Array:
        """Return an array of ``shape``; every random number comes from ``rng``."""
        raise NotImplementedError

    def draw_bias(self, rng: np.random.Generator, shape: Shape, weights: Shape) -> Array | None:
        """Return a bias of ``shape`` for weights of some shape; None: the layer's own value, 0."""
        return None


def fans(shape: Shape) -> tuple[int, int]:
    """Return fan-in and fan-out of a weight: its last axis counts the outputs.

    >>> fans((784, 100))
    (784, 100)
    """
    return math.prod(shape[:-1]), shape[-1]
