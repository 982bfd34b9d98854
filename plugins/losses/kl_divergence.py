"""The Kullback–Leibler divergence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import Array, Arrays, Data, Expression, Loss, Targets

_SMALLEST = 1e-37  # times log of it, nothing


@dataclass(frozen=True)
class KLDivergence(Loss):
    r"""Compare logits with distributions over their classes, of which each row is one.

        loss = Σ_c t_c (log t_c − log softmax(z)_c)      0 log 0 = 0
        ∂z   = (softmax(z) Σ_c t_c − t) / B

    What is decided is softmax(z). Of targets that are one class for certain, it is the
    cross-entropy.

    Plainly::

        softmax = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        losses = (targets * (np.log(targets) - np.log(softmax))).sum(axis=1)
        gradient = (softmax * targets.sum(axis=1, keepdims=True) - targets) / len(z)

    Kullback and Leibler, "On information and sufficiency", 1951.

    Two equal logits are (½, ½), against which (1, 0) says log 2:

    >>> z, t = np.array([[7.0, 7.0]]), np.array([[1.0, 0.0]])
    >>> losses, gradient, loss = np.empty(1), np.empty((1, 2)), KLDivergence()
    >>> loss.evaluate(z, t, losses, gradient, Arrays(**loss.scratch(z)))
    >>> losses.round(4), gradient
    (array([0.6931]), array([[-0.5,  0.5]]))

    Differs: PyTorch's ``KLDivLoss`` takes logarithms of probabilities, and is this with
    ``reduction="batchmean"``. Keras's takes probabilities.
    """

    targets: ClassVar[Targets] = "values"

    @staticmethod
    def formula(z: Any, target: Any, gradient: Any) -> Any:
        largest, total, whole, loss = z[0], 0.0, 0.0, 0.0
        for c in range(1, len(z)):
            largest = np.maximum(largest, z[c])
        for c in range(len(z)):
            gradient[c] = np.exp(z[c] - largest)
        for c in range(len(z)):
            total = total + gradient[c]
            whole = whole + target[c]
        for c in range(len(z)):
            log_softmax = z[c] - largest - np.log(total)
            loss = loss + target[c] * (np.log(np.maximum(target[c], _SMALLEST)) - log_softmax)
            gradient[c] = gradient[c] / total * whole - target[c]
        return loss

    def outputs(self, data: Data) -> int:
        if float(np.min(data.train.targets)) < 0:
            raise ValueError(f"takes distributions; {data.source} has targets below 0")
        return data.outputs

    def decide(self, z: Array) -> Array:
        e = np.exp(z - np.max(z, axis=1, keepdims=True))
        e /= e.sum(axis=1, keepdims=True)
        return np.asarray(e)

    def scratch(self, z: Array) -> dict[str, Array]:
        row, total = np.empty((2, len(z), 1), z.dtype)
        return {"shifted": np.empty_like(z), "terms": np.empty_like(z), "row": row, "total": total}

    def evaluate(
        self, z: Array, targets: Array, losses: Array, gradient: Array | None, arrays: Arrays
    ) -> None:
        shifted, terms, row, total = arrays.shifted, arrays.terms, arrays.row, arrays.total
        np.maximum.reduce(z, axis=1, out=row, keepdims=True)
        np.subtract(z, row, out=shifted)  # z, its largest 0
        np.exp(shifted, out=terms)
        np.add.reduce(terms, axis=1, out=total, keepdims=True)
        np.log(total, out=row)
        np.subtract(shifted, row, out=shifted)  # log softmax(z)
        if gradient is not None:
            np.divide(terms, total, out=terms)
            np.add.reduce(targets, axis=1, out=row, keepdims=True)
            np.multiply(terms, row, out=terms)
            np.subtract(terms, targets, out=terms)
            np.multiply(terms, 1 / len(z), out=gradient)
        np.maximum(targets, _SMALLEST, out=terms)
        np.log(terms, out=terms)
        np.subtract(terms, shifted, out=terms)
        np.multiply(terms, targets, out=terms)
        np.add.reduce(terms, axis=1, out=losses)

    def expression(self, z: Expression, targets: Expression) -> Expression:
        return (targets * (targets.maximum(_SMALLEST).log() - z.log_softmax())).sum()

    def decide_expression(self, z: Expression) -> Expression:
        return z.softmax()
