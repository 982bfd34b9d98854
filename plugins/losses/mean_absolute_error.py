"""Mean absolute error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import Array, Arrays, Expression, Loss, Targets


@dataclass(frozen=True)
class MeanAbsoluteError(Loss):
    r"""Compare outputs with values: the mean of the absolute differences.

        loss = Σ_k |z_k − t_k| / K
        ∂z   = sign(z − t) / (K B)

    Plainly::

        losses = np.abs(z - targets).mean(axis=1)
        gradient = np.sign(z - targets) / z.size

    Laplace, "Mémoire sur la probabilité des causes par les événements", 1774.

    >>> z, t = np.array([[1.0, 5.0]]), np.array([[0.0, 2.0]])
    >>> losses, gradient, loss = np.empty(1), np.empty((1, 2)), MeanAbsoluteError()
    >>> loss.evaluate(z, t, losses, gradient, Arrays(**loss.scratch(z))); losses, gradient
    (array([2.]), array([[0.5, 0.5]]))

    Differs: nothing from PyTorch's ``L1Loss`` and Keras's ``MeanAbsoluteError``.
    """

    targets: ClassVar[Targets] = "values"

    @staticmethod
    def formula(z: Any, target: Any, gradient: Any) -> Any:
        total = 0.0
        for k in range(len(z)):
            difference = z[k] - target[k]
            total = total + np.abs(difference)
            gradient[k] = np.sign(difference) / len(z)
        return total / len(z)

    def scratch(self, z: Array) -> dict[str, Array]:
        return {name: np.empty_like(z) for name in ("difference", "sizes")}

    def evaluate(
        self, z: Array, targets: Array, losses: Array, gradient: Array | None, arrays: Arrays
    ) -> None:
        np.subtract(z, targets, out=arrays.difference)  # z − t
        np.abs(arrays.difference, out=arrays.sizes)
        np.add.reduce(arrays.sizes, axis=1, out=losses)
        losses /= z.shape[1]
        if gradient is not None:
            np.sign(arrays.difference, out=arrays.sizes)
            np.multiply(arrays.sizes, 1 / z.size, out=gradient)

    def expression(self, z: Expression, targets: Expression) -> Expression:
        return (z - targets).abs().mean()
