"""Normal weights without their tails."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from framework import Array, Initializer, Shape, hyperparameter, positive

DEVIATION = 0.87962566103423978
"""Deviation of a standard normal that is cut at ±2."""

_FEWEST = 0.01


@dataclass(frozen=True)
class TruncatedNormal(Initializer):
    r"""Draw weights from a normal distribution, those outside an interval again.

        W ~ N(0, σ²),  given that low ≤ W ≤ high

    With `in_deviations`, the interval is low σ ≤ W ≤ high σ.

    >>> w = TruncatedNormal(deviation=1.0).draw(np.random.default_rng(0), (100, 100))
    >>> bool((abs(w) <= 2).all()), w.std().round(2)
    (True, np.float64(0.88))

    Differs: PyTorch's ``trunc_normal_`` has σ = 1, and cuts at ±2 whatever σ is, as this does.
    Keras's ``TruncatedNormal`` has σ = 0.05 and cuts at 2 deviations (`in_deviations`).
    """

    deviation: float = positive(0.02, "standard deviation σ, before the cut")
    low: float = hyperparameter(-2.0, "smallest weight")
    high: float = hyperparameter(2.0, "largest weight")
    in_deviations: bool = hyperparameter(False, "count low and high in deviations")

    def __post_init__(self) -> None:
        low, high = self._ends()
        inside = NormalDist().cdf(high) - NormalDist().cdf(low)
        if not inside > _FEWEST:
            raise ValueError(
                f"from {self.low:g} to {self.high:g} lies {max(inside, 0.0):.2%} of the normal"
                f" distribution; expected more than {_FEWEST:.0%}"
            )

    def _ends(self) -> tuple[float, float]:
        if self.in_deviations:
            return self.low, self.high
        return self.low / self.deviation, self.high / self.deviation

    def draw(self, rng: np.random.Generator, shape: Shape) -> Array:
        return self.deviation * within(rng, shape, *self._ends())


def within(rng: np.random.Generator, shape: Shape, low: float, high: float) -> Array:
    """Draw standard normal numbers, those outside an interval again."""
    w = rng.standard_normal(shape)
    outside = np.nonzero((w < low) | (w > high))
    while len(outside[0]):
        w[outside] = again = rng.standard_normal(len(outside[0]))
        still = (again < low) | (again > high)
        outside = tuple(axis[still] for axis in outside)
    return w
