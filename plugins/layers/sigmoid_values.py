"""The values of the sigmoid, for the layers that multiply by it."""

from __future__ import annotations

import numpy as np

from framework import Array


def sigmoid_into(x: Array, out: Array) -> None:
    """Fill in 1 / (1 + exp(−x)); the exponent is held below the one that overflows.

    >>> out = np.empty(2)
    >>> sigmoid_into(np.array([0.0, -1e4]), out)
    >>> out.round(12)
    array([0.5, 0. ])
    """
    np.negative(x, out=out)
    np.minimum(out, 88 if x.dtype == np.float32 else 709, out=out)
    np.exp(out, out=out)
    np.add(out, 1, out=out)
    np.reciprocal(out, out=out)
