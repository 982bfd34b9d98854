"""Mean squared error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import Array, Arrays, Expression, Loss, Targets


@dataclass(frozen=True)
class MeanSquaredError(Loss):
    r"""Compare outputs with values: the mean of the squared differences.

        loss = Σ_k (z_k − t_k)² / K
        ∂z   = 2 (z − t) / (K B)

    Plainly::

        losses = ((z - targets) ** 2).mean(axis=1)
        gradient = 2 * (z - targets) / z.size

    Gauss, "Theoria motus corporum coelestium", 1809.

    >>> z, t = np.array([[1.0, 5.0]]), np.array([[0.0, 2.0]])
    >>> losses, gradient, loss = np.empty(1), np.empty((1, 2)), MeanSquaredError()
    >>> loss.evaluate(z, t, losses, gradient, Arrays(**loss.scratch(z))); losses, gradient
    (array([5.]), array([[1., 3.]]))

    Differs: nothing from PyTorch's ``MSELoss`` and Keras's ``MeanSquaredError``.
    """

    targets: ClassVar[Targets] = "values"

    @staticmethod
    def formula(z: Any, target: Any, gradient: Any) -> Any:
        total = 0.0
        for k in range(len(z)):
            difference = z[k] - target[k]
            total = total + difference * difference
            gradient[k] = 2 * difference / len(z)
        return total / len(z)

    def scratch(self, z: Array) -> dict[str, Array]:
        return {"difference": np.empty_like(z), "squares": np.empty_like(z)}

    def evaluate(
        self, z: Array, targets: Array, losses: Array, gradient: Array | None, arrays: Arrays
    ) -> None:
        batch, width = z.shape
        np.subtract(z, targets, out=arrays.difference)  # z − t
        np.multiply(arrays.difference, arrays.difference, out=arrays.squares)
        np.add.reduce(arrays.squares, axis=1, out=losses)
        losses /= width
        if gradient is not None:
            np.multiply(arrays.difference, 2 / (width * batch), out=gradient)

    def expression(self, z: Expression, targets: Expression) -> Expression:
        return ((z - targets) * (z - targets)).mean()
