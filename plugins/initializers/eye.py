"""The identity."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import Array, Initializer, Shape, hyperparameter


@dataclass(frozen=True)
class Eye(Initializer):
    r"""Let a layer begin as the identity: W = c I, as far as it has rows and columns.

    Le, Jaitly and Hinton, "A simple way to initialize recurrent networks of rectified linear
    units", 2015.

    >>> Eye().draw(np.random.default_rng(0), (2, 3))
    array([[1., 0., 0.],
           [0., 1., 0.]])

    Differs: nothing from PyTorch's ``eye_`` and Keras's ``Identity``.
    """

    gain: float = hyperparameter(1.0, "the value c on the diagonal")

    def draw(self, rng: np.random.Generator, shape: Shape) -> Array:
        return self.gain * np.eye(math.prod(shape[:-1]), shape[-1]).reshape(shape)
