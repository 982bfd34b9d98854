"""The logarithm of the hyperbolic cosine."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import Array, Arrays, Expression, Loss, Targets

_LOG_2 = math.log(2)


@dataclass(frozen=True)
class LogCosh(Loss):
    r"""Compare outputs with values: a smooth absolute difference.

        d    = z − t
        loss = mean over values of log cosh d  =  |d| + log(1 + exp(−2 |d|)) − log 2
        ∂z   = tanh(d) / (K B)

    The second form has no cosh that overflows.

    Plainly::

        losses = np.log(np.cosh(z - targets)).mean(axis=1)
        gradient = np.tanh(z - targets) / z.size

    Green, "Reconstructions from emission tomography data by a modified EM algorithm", 1990.

    >>> z, t = np.array([[2.0]]), np.array([[2.0]])
    >>> losses, gradient, loss = np.empty(1), np.empty((1, 1)), LogCosh()
    >>> loss.evaluate(z, t, losses, gradient, Arrays(**loss.scratch(z))); losses, gradient
    (array([0.]), array([[0.]]))

    Differs: nothing from Keras's ``LogCosh``. PyTorch has none.
    """

    targets: ClassVar[Targets] = "values"

    @staticmethod
    def formula(z: Any, target: Any, gradient: Any) -> Any:
        total = 0.0
        for k in range(len(z)):
            difference = z[k] - target[k]
            size = np.abs(difference)
            total = total + size + np.log1p(np.exp(-2 * size)) - _LOG_2
            gradient[k] = np.tanh(difference) / len(z)
        return total / len(z)

    def scratch(self, z: Array) -> dict[str, Array]:
        return {name: np.empty_like(z) for name in ("difference", "sizes", "terms")}

    def evaluate(
        self, z: Array, targets: Array, losses: Array, gradient: Array | None, arrays: Arrays
    ) -> None:
        d, sizes, terms = arrays.difference, arrays.sizes, arrays.terms
        np.subtract(z, targets, out=d)
        np.abs(d, out=sizes)
        np.multiply(sizes, -2, out=terms)
        np.exp(terms, out=terms)
        np.log1p(terms, out=terms)
        np.add(terms, sizes, out=terms)
        np.subtract(terms, _LOG_2, out=terms)
        np.add.reduce(terms, axis=1, out=losses)
        losses /= z.shape[1]
        if gradient is not None:
            np.tanh(d, out=d)
            np.multiply(d, 1 / z.size, out=gradient)

    def expression(self, z: Expression, targets: Expression) -> Expression:
        size = (z - targets).abs()
        return (size + (size * -2).softplus() - _LOG_2).mean()
