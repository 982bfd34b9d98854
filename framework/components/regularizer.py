"""A regularizer: what the loss gains from large weights.

Where its two formulas are used in a step: `framework/engine/regularization.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework.components.base import Array, Component
from framework.components.renamed import take_old_name, warn_of


def sum_of_squares(w: Array) -> float:
    """Sum the squares of an array, along the lines in which it lies in memory.

    >>> sum_of_squares(np.array([[1.0, 2.0], [0.0, 3.0]]))
    14.0
    """
    if w.flags.forc:
        flat = w.ravel("K")
        return float(np.dot(flat, flat))
    if w.ndim == 1:
        return float(np.vecdot(w, w))
    rows = w if w.strides[-1] == w.itemsize else w.T
    return float(np.vecdot(rows, rows).sum())


@dataclass(frozen=True)
class Regularizer(Component):
    """A penalty on weights, added to the loss. Biases are never regularized."""

    def penalty(self, w: Array, scratch: Array) -> float:
        """Return what the loss gains from ``w``; ``scratch`` is an array like it, to work in."""
        raise NotImplementedError

    def add_gradient(self, w: Array, g: Array, scratch: Array) -> None:
        """Add the penalty's gradient for ``w`` to ``g``, in place."""
        raise NotImplementedError

    def l2_coefficient(self) -> float | None:
        """Return ``c`` where the penalty is exactly ``c/2 · Σ w²`` (0: none at all), else None.

        The core may then fuse its gradient ``c · w`` into the update of the weights, and sum the
        squares of several layers at once.
        """
        return None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        take_old_name(cls, "decay", "l2_coefficient")

    def decay(self) -> float | None:
        """Return `l2_coefficient`; deprecated."""
        warn_of("Regularizer.decay", "l2_coefficient")
        return self.l2_coefficient()
