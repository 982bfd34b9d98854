"""Clipping: gradients made smaller, once all are written down and before any update.

First each number, then the norm of all of them together::

    g ← min(max(g, −v), v)
    g ← g · min(1, c / (‖g‖ + 1e-6))        ‖g‖ over all parameters that are trained

Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013; the
1e-6 is PyTorch's. Penalties' gradients are part of g; decoupled decay is not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from framework.components.base import Array
from framework.components.regularizer import sum_of_squares

_EPSILON = 1e-6


@dataclass(frozen=True)
class Clipping:
    """How large gradients may be: the norm of all together, and each number; None for any."""

    norm: float | None = None
    value: float | None = None

    def calls(self, gradients: Sequence[Array]) -> list[Callable[[int], None]]:
        """Return what to call in each step, in order, with the number of steps taken."""
        calls: list[Callable[[int], None]] = []
        if self.value is not None:
            calls.append(partial(_clip_values, gradients, self.value))
        if self.norm is not None:
            calls.append(partial(_clip_norm, gradients, self.norm))
        return calls


def _clip_values(gradients: Sequence[Array], largest: float, step: int) -> None:
    for g in gradients:
        np.clip(g, -largest, largest, out=g)


def _clip_norm(gradients: Sequence[Array], largest: float, step: int) -> None:
    total = global_norm(gradients) + _EPSILON
    if not total <= largest:  # what is not finite spreads, and is noticed as divergence
        share = largest / total
        for g in gradients:
            g *= share


def global_norm(gradients: Sequence[Array]) -> float:
    """Return the norm of all arrays together; their squares may be too large for their type.

    >>> global_norm([np.array([3.0]), np.array([[0.0, 4.0]])])
    5.0
    """
    with np.errstate(over="ignore"):
        norm = math.sqrt(sum(sum_of_squares(g) for g in gradients))
    if math.isfinite(norm):
        return norm
    largest = max(float(np.max(np.abs(g), initial=0.0)) for g in gradients)
    if not math.isfinite(largest):
        return math.nan
    return largest * math.sqrt(sum(sum_of_squares(g / largest) for g in gradients))
