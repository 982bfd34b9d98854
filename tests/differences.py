"""Central differences: what a gradient must agree with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def gradient(f: Callable[[], float], x: Floats, step: float = 1e-5) -> Floats:
    """Differentiate `f` with respect to the array it reads, element by element."""
    derivative = np.empty_like(x)
    for index in np.ndindex(*x.shape):
        before = x[index]
        x[index] = before + step
        above = f()
        x[index] = before - step
        below = f()
        x[index] = before
        derivative[index] = (above - below) / (2 * step)
    return derivative


def assert_agree(computed: Floats, expected: Floats, limit: float = 1e-6) -> None:
    """Hold two gradients together: relative error of the whole at most `limit`."""
    assert computed.shape == expected.shape
    size = max(float(np.linalg.norm(expected)), 1e-12)
    assert float(np.linalg.norm(computed - expected)) / size <= limit
