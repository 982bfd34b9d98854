"""Binary cross-entropy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import Array, Arrays, Data, Expression, Loss, Targets

from .logistic import cross_entropy, probability, scratch_for


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    r"""Compare one logit with two classes: how surprised σ(z), the probability of 1, is.

        loss = max(z, 0) − z t + log(1 + exp(−|z|))  =  −t log σ(z) − (1 − t) log(1 − σ(z))
        ∂z   = (σ(z) − t) / B

    Plainly::

        p = 1 / (1 + np.exp(-z[:, 0]))
        losses = -np.log(np.where(targets == 1, p, 1 - p))
        gradient = (p - targets)[:, None] / len(z)

    Cox, "The regression analysis of binary sequences", 1958. The first form has no exp that
    overflows.

    A logit of 0 gives log 2 whatever the label, and a gradient of ∓1/2:

    >>> z, losses, gradient = np.zeros((1, 1)), np.empty(1), np.empty((1, 1))
    >>> loss = BinaryCrossEntropy()
    >>> loss.evaluate(z, np.array([1]), losses, gradient, Arrays(**loss.scratch(z)))
    >>> losses.round(4), gradient
    (array([0.6931]), array([[-0.5]]))
    >>> loss.probabilities(z), loss.decide(np.array([[-2.0], [3.0]]))
    (array([[0.5, 0.5]]), array([0, 1]))

    Differs: nothing from PyTorch's ``BCEWithLogitsLoss`` of one column; Keras's expects
    probabilities by default.
    """

    targets: ClassVar[Targets] = "labels"

    @staticmethod
    def formula(z: Any, target: Any, gradient: Any) -> Any:
        e = np.exp(-np.abs(z[0]))
        gradient[0] = np.where(z[0] >= 0, 1, e) / (1 + e) - target
        return np.maximum(z[0], 0) - z[0] * target + np.log1p(e)

    def outputs(self, data: Data) -> int:
        if data.classes != 2:
            raise ValueError(
                f"has one logit, for two classes, but {data.source} has {data.classes}; expected"
                " softmax_cross_entropy, or data.classes=2"
            )
        return 1

    def probabilities(self, z: Array) -> Array:
        p = probability(z)
        return np.concatenate([1 - p, p], axis=1)

    def decide(self, z: Array) -> Array:
        return (z[:, 0] > 0).astype(np.int64)

    def scratch(self, z: Array) -> dict[str, Array]:
        return scratch_for(z) | {"labels": np.empty_like(z)}

    def evaluate(
        self, z: Array, targets: Array, losses: Array, gradient: Array | None, arrays: Arrays
    ) -> None:
        arrays.labels[:, 0] = targets
        cross_entropy(z, arrays.labels, losses, gradient, arrays)

    def probabilities_expression(self, z: Expression) -> Expression:
        return Expression.concatenate([(-z).sigmoid(), z.sigmoid()])

    def decide_expression(self, z: Expression) -> Expression:
        return (z > 0).number().sum()

    def expression(self, z: Expression, targets: Expression) -> Expression:
        return z.softplus().sum() - z.sum() * targets
