"""The pinball loss, of quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Arrays, Data, Expression, Loss, Targets, hyperparameter


@dataclass(frozen=True)
class Pinball(Loss):
    r"""Compare outputs, the quantiles of each value, with values.

        d    = t − z
        loss = mean over values and quantiles of max(q d, (q − 1) d)
        ∂z   = ([d < 0] − q) / (K Q B)

    Outputs are ``[B, K Q]``: the Q quantiles of the first value, then those of the next. What is
    decided is the quantile nearest to the median, ``[B, K]``.

    Plainly::

        q = np.array(quantiles)
        d = np.repeat(targets, len(q), axis=1) - z
        q = np.tile(q, targets.shape[1])
        losses = np.maximum(q * d, (q - 1) * d).mean(axis=1)
        gradient = ((d < 0) - q) / z.size

    Koenker, Bassett, "Regression quantiles", 1978.

    A value above its 0.9-quantile costs nine times what one below it does:

    >>> z, t = np.array([[1.0], [1.0]]), np.array([[2.0], [0.0]])
    >>> losses, gradient, loss = np.empty(2), np.empty((2, 1)), Pinball(quantiles=(0.9,))
    >>> loss.evaluate(z, t, losses, gradient, Arrays(**loss.scratch(z))); losses
    array([0.9, 0.1])

    Differs: PyTorch and Keras have none; scikit-learn's ``mean_pinball_loss`` is that of one
    quantile.
    """

    targets: ClassVar[Targets] = "values"

    quantiles: tuple[float, ...] = hyperparameter(
        (0.1, 0.5, 0.9), "which quantiles of each value the outputs are", above=0, below=1
    )

    def outputs(self, data: Data) -> int:
        if not self.quantiles:
            raise ValueError("quantiles is empty; expected at least one, [0.5] for the median")
        return data.outputs * len(self.quantiles)

    def decide(self, z: Array) -> Array:
        nearest = int(np.argmin(np.abs(np.array(self.quantiles) - 0.5)))
        return z[:, nearest :: len(self.quantiles)]

    def scratch(self, z: Array) -> dict[str, Array]:
        columns = z.shape[1] // len(self.quantiles)
        q = np.tile(np.array(self.quantiles, z.dtype), columns)
        names = ("distance", "above", "below")
        return {name: np.empty_like(z) for name in names} | {"q": q, "q_less_1": q - 1}

    def evaluate(
        self, z: Array, targets: Array, losses: Array, gradient: Array | None, arrays: Arrays
    ) -> None:
        d, above, below, count = arrays.distance, arrays.above, arrays.below, len(self.quantiles)
        for i in range(count):
            np.subtract(targets, z[:, i::count], out=d[:, i::count])
        np.multiply(d, arrays.q, out=above)
        np.multiply(d, arrays.q_less_1, out=below)
        np.maximum(above, below, out=above)
        np.add.reduce(above, axis=1, out=losses)
        losses /= z.shape[1]
        if gradient is not None:
            np.less(d, 0, out=below, casting="unsafe")
            np.subtract(below, arrays.q, out=below)
            np.multiply(below, 1 / z.size, out=gradient)

    def decide_expression(self, z: Expression) -> Expression:
        nearest = int(np.argmin(np.abs(np.array(self.quantiles) - 0.5)))
        return z.columns(nearest, None, len(self.quantiles))

    def expression(self, z: Expression, targets: Expression) -> Expression:
        count, total = len(self.quantiles), Expression.of(0.0)
        for i, q in enumerate(self.quantiles):
            d = targets - z.columns(i, None, count)
            total = total + (d * (q - 1)).maximum(d * q).mean()
        return total / count
