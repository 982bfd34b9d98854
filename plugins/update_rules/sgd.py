"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from framework import Array, Scalar, UpdateRule, axpby, positive, value


@dataclass(frozen=True)
class SGD(UpdateRule):
    r"""Step against the gradient.

        p ← p − η g

    Plainly::

        p = p - learning_rate * g

    The engine fuses this with the product that makes ``g`` where it can
    (`framework/engine/affine.py`).

    Robbins and Monro, "A stochastic approximation method", 1951.

    >>> p, g = np.array([1.0]), np.array([2.0])
    >>> SGD(learning_rate=0.1).step(0, p, g, (), np.empty(1)); p
    array([0.8])

    Differs: no momentum, no weight decay; use a regularizer for the latter.
    """

    learning_rate: Scalar = positive(0.1, "step size η; a number or a schedule")

    def step(self, step: int, p: Array, g: Array, state: Sequence[Array], scratch: Array) -> None:
        axpby(p, 1.0, g, -value(self.learning_rate, step))  # p ← p − η g

    def plain_sgd_rate(self, step: int) -> float:
        return value(self.learning_rate, step)
