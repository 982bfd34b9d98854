"""The focal loss, for two classes and for more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    Array,
    Arrays,
    Data,
    Expression,
    Loss,
    Scalar,
    Targets,
    fraction,
    non_negative,
    positive,
    value,
)

from .logistic import probability
from .unchanging import unchanging


@dataclass(frozen=True)
class Focal(Loss):
    r"""Cross-entropy in which samples that are right already count for little.

        p    = softmax(z)_label
        loss = −α (1 − p)ᵞ log p
        ∂z   = α ((1 − p)ᵞ − γ (1 − p)ᵞ⁻¹ p log p) (softmax(z) − onehot(label)) / B

    Plainly::

        softmax = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        p = softmax[np.arange(len(z)), targets][:, None]
        losses = -(alpha * (1 - p) ** gamma * np.log(p))[:, 0]
        factor = alpha * ((1 - p) ** gamma - gamma * (1 - p) ** (gamma - 1) * p * np.log(p))
        gradient = factor * (softmax - np.eye(z.shape[1])[targets]) / len(z)

    Lin et al., "Focal loss for dense object detection", 2017.

    Two equal logits have p = ½, which costs a sixteenth of log 2 here:

    >>> z, losses, gradient, loss = np.zeros((1, 2)), np.empty(1), np.empty((1, 2)), Focal()
    >>> loss.evaluate(z, np.array([0]), losses, gradient, Arrays(**loss.scratch(z)))
    >>> (16 * losses).round(4)
    array([0.6931])

    Differs: nothing from Keras's ``CategoricalFocalCrossentropy`` but logits for probabilities.
    PyTorch has none.
    """

    targets: ClassVar[Targets] = "labels"

    gamma: Scalar = non_negative(2.0, "how little right samples count, γ; 0: as much as others")
    alpha: Scalar = positive(0.25, "factor α")

    def probabilities(self, z: Array) -> Array:
        e = np.exp(z - np.max(z, axis=1, keepdims=True))
        e /= e.sum(axis=1, keepdims=True)
        return np.asarray(e)

    def scratch(self, z: Array) -> dict[str, Array]:
        columns = {
            n: np.empty((len(z), 1), z.dtype) for n in ("row", "entropy", "q", "work", "slope")
        }
        label = {"is_label": np.empty_like(z, np.bool_), "classes": np.arange(z.shape[1])}
        return {"shifted": np.empty_like(z), "softmax": np.empty_like(z), **columns, **label}

    def evaluate(
        self, z: Array, targets: Array, losses: Array, gradient: Array | None, arrays: Arrays
    ) -> None:
        shifted, softmax, row = arrays.shifted, arrays.softmax, arrays.row
        np.equal(arrays.classes, targets[:, None], out=arrays.is_label)
        np.maximum.reduce(z, axis=1, out=row, keepdims=True)
        np.subtract(z, row, out=shifted)  # z, its largest 0
        np.exp(shifted, out=softmax)
        np.add.reduce(softmax, axis=1, out=row, keepdims=True)
        np.divide(softmax, row, out=softmax)
        np.log(row, out=arrays.entropy)
        np.multiply(shifted, arrays.is_label, out=shifted)
        np.add.reduce(shifted, axis=1, out=row, keepdims=True)
        np.subtract(arrays.entropy, row, out=arrays.entropy)  # −log p
        step = arrays.step
        factor = _focus(value(self.gamma, step), value(self.alpha, step), arrays)
        np.multiply(arrays.work[:, 0], arrays.entropy[:, 0], out=losses)
        if gradient is not None:
            np.subtract(softmax, arrays.is_label, out=softmax)
            np.multiply(factor, 1 / len(z), out=factor)
            np.multiply(softmax, factor, out=gradient)

    def probabilities_expression(self, z: Expression) -> Expression:
        return z.softmax()

    def expression(self, z: Expression, targets: Expression) -> Expression:
        entropy = -z.log_softmax().pick(targets)
        return _focused(entropy, self.gamma) * unchanging(self.alpha)


@dataclass(frozen=True)
class BinaryFocal(Loss):
    r"""Cross-entropy of one logit in which samples that are right already count for little.

        s    = ±1, the label's sign; p = σ(s z), the label's probability
        loss = −a (1 − p)ᵞ log p                                 a = α for class 1, 1 − α for 0
        ∂z   = −s a ((1 − p)ᵞ⁺¹ − γ (1 − p)ᵞ p log p) / B

    Plainly::

        s, a = 2 * targets - 1, np.where(targets == 1, alpha, 1 - alpha)
        p = 1 / (1 + np.exp(-s * z[:, 0]))
        losses = -a * (1 - p) ** gamma * np.log(p)
        gradient = -s * a * ((1 - p) ** (gamma + 1) - gamma * (1 - p) ** gamma * p * np.log(p))
        gradient = gradient[:, None] / len(z)

    Lin et al., "Focal loss for dense object detection", 2017.

    A logit of 0 has p = ½, which costs a sixteenth of log 2 for class 1:

    >>> z, losses, gradient, loss = np.zeros((1, 1)), np.empty(1), np.empty((1, 1)), BinaryFocal()
    >>> loss.evaluate(z, np.array([1]), losses, gradient, Arrays(**loss.scratch(z)))
    >>> (16 * losses).round(4)
    array([0.6931])

    Differs: nothing from torchvision's ``sigmoid_focal_loss``; Keras's
    ``BinaryFocalCrossentropy`` has no α unless it is asked to.
    """

    targets: ClassVar[Targets] = "labels"

    gamma: Scalar = non_negative(2.0, "how little right samples count, γ; 0: as much as others")
    alpha: Scalar = fraction(0.25, "weight α of class 1; class 0 has 1 − α")

    def outputs(self, data: Data) -> int:
        if data.classes != 2:
            raise ValueError(
                f"has one logit, for two classes, but {data.source} has {data.classes}; expected"
                " focal, or data.classes=2"
            )
        return 1

    def probabilities(self, z: Array) -> Array:
        p = probability(z)
        return np.concatenate([1 - p, p], axis=1)

    def decide(self, z: Array) -> Array:
        return (z[:, 0] > 0).astype(np.int64)

    def scratch(self, z: Array) -> dict[str, Array]:
        names = ("sign", "weight", "entropy", "q", "work", "slope")
        return {name: np.empty_like(z) for name in names}

    def evaluate(
        self, z: Array, targets: Array, losses: Array, gradient: Array | None, arrays: Arrays
    ) -> None:
        sign, weight, entropy = arrays.sign, arrays.weight, arrays.entropy
        alpha = value(self.alpha, arrays.step)
        sign[:, 0] = targets
        np.multiply(sign, 2 * alpha - 1, out=weight)
        np.add(weight, 1 - alpha, out=weight)
        np.multiply(sign, 2, out=sign)
        np.subtract(sign, 1, out=sign)
        np.multiply(z, sign, out=arrays.q)
        np.negative(arrays.q, out=arrays.q)
        np.logaddexp(0, arrays.q, out=entropy)  # −log p
        factor = _focus(value(self.gamma, arrays.step), 1.0, arrays)
        np.multiply(arrays.work, weight, out=arrays.work)
        np.multiply(arrays.work[:, 0], entropy[:, 0], out=losses)
        if gradient is not None:
            np.negative(entropy, out=entropy)
            np.expm1(entropy, out=entropy)  # −(1 − p)
            np.multiply(factor, entropy, out=factor)
            np.multiply(factor, weight, out=factor)
            np.multiply(factor, sign, out=factor)
            np.multiply(factor, 1 / len(z), out=gradient)

    def probabilities_expression(self, z: Expression) -> Expression:
        return Expression.concatenate([(-z).sigmoid(), z.sigmoid()])

    def decide_expression(self, z: Expression) -> Expression:
        return (z > 0).number().sum()

    def expression(self, z: Expression, targets: Expression) -> Expression:
        label, alpha = targets.number(), unchanging(self.alpha)
        entropy = ((1 - label * 2) * z.sum()).softplus()  # −log p
        return (label * (2 * alpha - 1) + (1 - alpha)) * _focused(entropy, self.gamma)


def _focus(gamma: float, alpha: float, arrays: Arrays) -> Array:
    """Fill ``work`` with α (1 − p)ᵞ of ``entropy``, −log p; return the loss's slope for it.

    That is α ((1 − p)ᵞ − γ (1 − p)ᵞ⁻¹ p log p).
    """
    entropy, q, work = arrays.entropy, arrays.q, arrays.work
    slope: Array = arrays.slope
    np.negative(entropy, out=work)
    np.expm1(work, out=q)
    np.negative(q, out=q)
    np.maximum(q, np.finfo(q.dtype).tiny, out=q)  # 1 − p, to divide by
    np.exp(work, out=slope)
    np.multiply(slope, entropy, out=slope)
    np.divide(slope, q, out=slope)
    np.multiply(slope, gamma, out=slope)
    np.add(slope, 1, out=slope)  # 1 − γ p log p / (1 − p)
    np.power(q, gamma, out=work)
    np.multiply(work, alpha, out=work)
    slope *= work
    return slope


def _focused(entropy: Expression, gamma: Scalar) -> Expression:
    """Return (1 − p)ᵞ times the entropy −log p."""
    q = (-(-entropy).expm1()).maximum(1e-37)  # 1 − p, of which the power has a slope
    return q ** unchanging(gamma) * entropy
