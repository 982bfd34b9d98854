"""The Poisson negative log-likelihood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import Array, Arrays, Data, Expression, Loss, Targets

_LARGEST = 60.0  # log of what float32 holds, times any output


@dataclass(frozen=True)
class Poisson(Loss):
    r"""Compare outputs, logarithms of rates, with counts.

        loss = mean over values of exp(z) − t z
        ∂z   = (exp(z) − t) / (K B)

    What is decided are the rates exp(z). Beyond 60 the line that touches exp there is in its place,
    so that nothing overflows.

    Plainly::

        losses = (np.exp(z) - targets * z).mean(axis=1)
        gradient = (np.exp(z) - targets) / z.size

    Nelder and Wedderburn, "Generalized linear models", 1972.

    A rate of 1 against a count of 3 costs 1, and is too small by 2:

    >>> z, t = np.array([[0.0]]), np.array([[3.0]])
    >>> losses, gradient, loss = np.empty(1), np.empty((1, 1)), Poisson()
    >>> loss.evaluate(z, t, losses, gradient, Arrays(**loss.scratch(z))); losses, gradient
    (array([1.]), array([[-2.]]))

    Differs: nothing from PyTorch's ``PoissonNLLLoss``, whose ``full`` adds a constant;
    Keras's takes the rates themselves.
    """

    targets: ClassVar[Targets] = "values"

    @staticmethod
    def formula(z: Any, target: Any, gradient: Any) -> Any:
        total = 0.0
        for k in range(len(z)):
            held = np.minimum(z[k], _LARGEST)
            rate = np.exp(held)
            total = total + (z[k] - held + 1) * rate - target[k] * z[k]
            gradient[k] = (rate - target[k]) / len(z)
        return total / len(z)

    def outputs(self, data: Data) -> int:
        if float(np.min(data.train.targets)) < 0:
            raise ValueError(f"takes counts, 0 or more; {data.source} has targets below 0")
        return data.outputs

    def decide(self, z: Array) -> Array:
        return np.exp(np.minimum(z, _LARGEST))

    def scratch(self, z: Array) -> dict[str, Array]:
        return {name: np.empty_like(z) for name in ("rates", "terms", "products")}

    def evaluate(
        self, z: Array, targets: Array, losses: Array, gradient: Array | None, arrays: Arrays
    ) -> None:
        rates, terms, products = arrays.rates, arrays.terms, arrays.products
        np.minimum(z, _LARGEST, out=rates)
        np.subtract(z, rates, out=terms)  # beyond the largest, 0 elsewhere
        np.exp(rates, out=rates)
        np.add(terms, 1, out=terms)
        np.multiply(terms, rates, out=terms)
        np.multiply(z, targets, out=products)
        np.subtract(terms, products, out=terms)  # exp(z) − t z
        np.add.reduce(terms, axis=1, out=losses)
        losses /= z.shape[1]
        if gradient is not None:
            np.subtract(rates, targets, out=rates)
            np.multiply(rates, 1 / z.size, out=gradient)

    def expression(self, z: Expression, targets: Expression) -> Expression:
        held = z.minimum(_LARGEST)
        return ((z - held + 1) * held.exp() - targets * z).mean()

    def decide_expression(self, z: Expression) -> Expression:
        return z.minimum(_LARGEST).exp()
