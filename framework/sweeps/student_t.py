"""How far the mean of a few runs can be trusted: Student's confidence interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """A mean, the standard deviation of one value, and the interval the true mean lies in.

    The interval is `mean ± half`, with 95 % confidence, if the values are normally distributed.
    """

    mean: float
    deviation: float
    half: float


def estimate(values: Sequence[float]) -> Estimate:
    """Estimate a mean from at least two values.

        half = t(0.975, n − 1) · s / √n

    Student, "The probable error of a mean", Biometrika 6, 1908.

    >>> three = estimate([1.0, 2.0, 3.0])
    >>> three.mean, three.deviation, round(three.half, 3)
    (2.0, 1.0, 2.484)
    """
    n = len(values)
    mean = math.fsum(values) / n
    deviation = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (n - 1))
    return Estimate(mean, deviation, quantile(0.95, n - 1) * deviation / math.sqrt(n))


def quantile(confidence: float, freedom: int) -> float:
    """Return the t for which a Student's variable lies in ±t with this probability.

    >>> round(quantile(0.95, 1), 3), round(quantile(0.95, 10), 3), round(quantile(0.95, 1000), 3)
    (12.706, 2.228, 1.962)
    """
    low, high = 0.0, 1.0
    while within(high, freedom) < confidence:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle, freedom) < confidence else (low, middle)
    return (low + high) / 2


def within(t: float, freedom: int) -> float:
    r"""Return the probability that a Student's variable with ν degrees of freedom lies in ±t.

    With θ = arctan(t / √ν), for odd ν (only the first term for ν = 1)

        2/π [θ + sin θ (cos θ + 2/3 cos³ θ + … + (2·4⋯(ν−3)) / (3·5⋯(ν−2)) cos^(ν−2) θ)]

    and for even ν

        sin θ [1 + 1/2 cos² θ + (1·3)/(2·4) cos⁴ θ + … + (1·3⋯(ν−3)) / (2·4⋯(ν−2)) cos^(ν−2) θ]

    Abramowitz and Stegun, "Handbook of mathematical functions", 26.7.3 and 26.7.4, 1964.

    >>> round(within(1.0, 1), 6)
    0.5
    """
    angle = math.atan(t / math.sqrt(freedom))
    cosine, odd = math.cos(angle), freedom % 2
    term, total = (cosine, 0.0) if odd else (1.0, 0.0)
    for power in range(odd, freedom - 1, 2):
        total += term
        term *= cosine**2 * (power + 1) / (power + 2)
    if odd:
        return 2 / math.pi * (angle + math.sin(angle) * total)
    return math.sin(angle) * total
