"""Multi-label cross-entropy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import Array, Arrays, Expression, Loss, Targets

from .logistic import cross_entropy, probability, scratch_for


@dataclass(frozen=True)
class MultiLabelCrossEntropy(Loss):
    r"""Compare logits with sets of classes: of each class, how surprised σ(z) is whether it is in.

        loss = Σ_k (max(z_k, 0) − z_k t_k + log(1 + exp(−|z_k|))) / K
        ∂z   = (σ(z) − t) / (K B)

    Plainly::

        p = 1 / (1 + np.exp(-z))
        losses = -(targets * np.log(p) + (1 - targets) * np.log(1 - p)).mean(axis=1)
        gradient = (p - targets) / z.size

    A class is decided to be in where its logit is above 0. Cox, "The regression analysis of binary
    sequences", 1958, for each class by itself.

    >>> z, t = np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]])
    >>> losses, gradient, loss = np.empty(1), np.empty((1, 2)), MultiLabelCrossEntropy()
    >>> loss.evaluate(z, t, losses, gradient, Arrays(**loss.scratch(z)))
    >>> losses.round(4), gradient
    (array([0.6931]), array([[-0.25,  0.25]]))

    Differs: nothing from PyTorch's ``BCEWithLogitsLoss``, or its ``MultiLabelSoftMarginLoss``.
    """

    targets: ClassVar[Targets] = "sets"

    @staticmethod
    def formula(z: Any, target: Any, gradient: Any) -> Any:
        total = 0.0
        for k in range(len(z)):
            e = np.exp(-np.abs(z[k]))
            total = total + np.maximum(z[k], 0) - z[k] * target[k] + np.log1p(e)
            gradient[k] = (np.where(z[k] >= 0, 1, e) / (1 + e) - target[k]) / len(z)
        return total / len(z)

    def probabilities(self, z: Array) -> Array:
        return probability(z)

    def scratch(self, z: Array) -> dict[str, Array]:
        return scratch_for(z)

    def evaluate(
        self, z: Array, targets: Array, losses: Array, gradient: Array | None, arrays: Arrays
    ) -> None:
        cross_entropy(z, targets, losses, gradient, arrays)

    def probabilities_expression(self, z: Expression) -> Expression:
        return z.sigmoid()

    def expression(self, z: Expression, targets: Expression) -> Expression:
        return (z.softplus() - z * targets).mean()
