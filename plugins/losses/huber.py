"""The Huber loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import Array, Arrays, Expression, Loss, Scalar, Targets, positive, value

from .unchanging import unchanging


@dataclass(frozen=True)
class Huber(Loss):
    r"""Compare outputs with values: squares of small differences, absolute values of large ones.

        d    = z − t
        loss = mean over values of d² / 2 where |d| ≤ δ, δ (|d| − δ / 2) else
        ∂z   = clip(d, −δ, δ) / (K B)

    Plainly::

        d = z - targets
        small = np.abs(d) <= delta
        losses = np.where(small, d**2 / 2, delta * (np.abs(d) - delta / 2)).mean(axis=1)
        gradient = np.clip(d, -delta, delta) / z.size

    Huber, "Robust estimation of a location parameter", 1964.

    A difference of 1 costs ½, one of 3 costs 2.5:

    >>> z, t = np.array([[1.0], [3.0]]), np.array([[0.0], [0.0]])
    >>> losses, gradient, loss = np.empty(2), np.empty((2, 1)), Huber()
    >>> loss.evaluate(z, t, losses, gradient, Arrays(**loss.scratch(z))); losses, gradient.T
    (array([0.5, 2.5]), array([[0.5, 0.5]]))

    Differs: nothing from PyTorch's ``HuberLoss`` and Keras's ``Huber``. PyTorch's ``SmoothL1Loss``
    is this over δ.
    """

    targets: ClassVar[Targets] = "values"

    delta: Scalar = positive(1.0, "largest difference that is squared, δ")

    @staticmethod
    def formula(z: Any, target: Any, gradient: Any, delta: float) -> Any:
        total = 0.0
        for k in range(len(z)):
            difference = z[k] - target[k]
            clipped = np.clip(difference, -delta, delta)
            total = total + clipped * (difference - clipped / 2)
            gradient[k] = clipped / len(z)
        return total / len(z)

    def scratch(self, z: Array) -> dict[str, Array]:
        return {name: np.empty_like(z) for name in ("difference", "clipped", "half")}

    def evaluate(
        self, z: Array, targets: Array, losses: Array, gradient: Array | None, arrays: Arrays
    ) -> None:
        d, c, half = arrays.difference, arrays.clipped, arrays.half
        np.subtract(z, targets, out=d)
        delta = value(self.delta, arrays.step)
        np.clip(d, -delta, delta, out=c)
        if gradient is not None:
            np.multiply(c, 1 / z.size, out=gradient)
        np.multiply(c, 0.5, out=half)
        np.subtract(d, half, out=d)
        np.multiply(d, c, out=d)  # c (d − c / 2): d² / 2 where c = d, δ (|d| − δ / 2) where c = ±δ
        np.add.reduce(d, axis=1, out=losses)
        losses /= z.shape[1]

    def expression(self, z: Expression, targets: Expression) -> Expression:
        delta = unchanging(self.delta)
        d = z - targets
        clipped = d.maximum(-delta).minimum(delta)
        return (clipped * (d - clipped / 2)).mean()
