"""Normal weights of one fixed size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Initializer, Shape, positive


@dataclass(frozen=True)
class SmallNormal(Initializer):
    r"""Draw weights from a normal distribution of small, fixed deviation.

        W ~ N(0, σ²)

    Differs: PyTorch and Keras have no such default; theirs depend on fan-in.

    >>> SmallNormal().draw(np.random.default_rng(0), (2, 2)).round(4)
    array([[ 0.0013, -0.0013],
           [ 0.0064,  0.001 ]])
    """

    deviation: float = positive(0.01, "standard deviation σ")

    def draw(self, rng: np.random.Generator, shape: Shape) -> Array:
        return rng.standard_normal(shape) * self.deviation
