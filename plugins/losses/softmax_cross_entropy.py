"""Softmax cross-entropy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import Array, Arrays, Expression, Loss, Scalar, Targets, fraction, value

from .unchanging import unchanging

_FEW = 40  # numbers, for which Python's own arithmetic takes less time than calls of numpy


@dataclass(frozen=True)
class SoftmaxCrossEntropy(Loss):
    r"""Compare logits with class labels: how surprised softmax(z) is by the label.

        loss = −z_label + log Σ_c exp(z_c)
        ∂z   = (softmax(z) − onehot(label)) / B

    With label smoothing ε, (1 − ε) onehot(label) + ε / C is in the place of onehot(label), C
    classes: the loss is −Σ_c t_c log softmax(z)_c.

    Plainly::

        softmax = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        t = (1 - smoothing) * np.eye(z.shape[1])[targets] + smoothing / z.shape[1]
        losses = -(t * np.log(softmax)).sum(axis=1)
        gradient = (softmax - t) / len(z)

    Bridle, "Probabilistic interpretation of feedforward classification network outputs", 1990;
    smoothing: Szegedy et al., "Rethinking the Inception architecture for computer vision", 2016.
    Logits are shifted by each row's maximum, which changes neither and keeps exp from overflowing.

    Two equal logits give log 2 whatever the label, and a gradient of ∓1/2:

    >>> z, losses, gradient = np.array([[7.0, 7.0]]), np.empty(1), np.empty((1, 2))
    >>> loss = SoftmaxCrossEntropy()
    >>> loss.evaluate(z, np.array([0]), losses, gradient, Arrays(**loss.scratch(z)))
    >>> losses.round(4), gradient
    (array([0.6931]), array([[-0.5,  0.5]]))

    Differs: nothing from PyTorch's ``CrossEntropyLoss`` without weights; with those of classes it
    divides by the sum of a batch's, and gives smoothing's share of a class that class's weight.
    Keras's expects probabilities by default.
    """

    targets: ClassVar[Targets] = "labels"

    smoothing: Scalar = fraction(0.0, "share of a target that all classes have alike, ε")

    @staticmethod
    def formula(z: Any, target: Any, gradient: Any, smoothing: float) -> Any:
        largest, total, loss = z[0], 0.0, 0.0
        for c in range(1, len(z)):
            largest = np.maximum(largest, z[c])
        for c in range(len(z)):
            gradient[c] = np.exp(z[c] - largest)
        for c in range(len(z)):
            total = total + gradient[c]
        if smoothing:
            for c in range(len(z)):
                loss = loss - smoothing / len(z) * (z[c] - largest)
        for c in range(len(z)):
            gradient[c] = gradient[c] / total - smoothing / len(z)
        gradient[target] = gradient[target] - (1 - smoothing)
        return loss + np.log(total) - (1 - smoothing) * (z[target] - largest)

    def probabilities(self, z: Array) -> Array:
        e = np.exp(z - np.max(z, axis=1, keepdims=True))
        e /= e.sum(axis=1, keepdims=True)
        return np.asarray(e)

    def scratch(self, z: Array) -> dict[str, Array]:
        batch, classes = z.shape
        shifted, softmax, row = np.empty_like(z), np.empty_like(z), np.empty((batch, 1), z.dtype)
        per_row, per_class = (stride // z.itemsize for stride in softmax.strides)
        return {
            "shifted": shifted,
            "softmax": softmax,
            # The same two as they lie in memory, and where each row, class and label is in there.
            "shifted_line": shifted.ravel("K"),
            "softmax_line": softmax.ravel("K"),
            "rows": per_row * np.arange(batch),
            "classes": per_class * np.arange(classes),
            "share": np.ones((), z.dtype),
            "labels": np.empty(batch, np.intp),
            "row": row,
            "total": row[:, 0],
            "at_label": np.empty(batch, z.dtype),
        }

    def evaluate(
        self, z: Array, targets: Array, losses: Array, gradient: Array | None, arrays: Arrays
    ) -> None:
        if len(z) == 1 and z.size <= _FEW and not self.smoothing:
            _evaluate_row(z[0].tolist(), int(targets[0]), losses, gradient)
            return
        shifted, softmax, row, labels = arrays.shifted, arrays.softmax, arrays.row, arrays.labels
        np.maximum.reduce(z, axis=1, out=row, keepdims=True)
        np.subtract(z, row, out=shifted)  # z, its largest 0
        arrays.classes.take(targets, 0, labels, "clip")
        np.add(labels, arrays.rows, labels)
        arrays.shifted_line.take(labels, 0, arrays.at_label, "clip")  # z_label
        np.exp(shifted, out=softmax)
        np.add.reduce(softmax, axis=1, out=row, keepdims=True)  # Σ exp(z)
        np.log(arrays.total, out=losses)
        smoothing = 0.0
        if self.smoothing:
            smoothing = value(self.smoothing, arrays.step)
            arrays.share[...] = 1 - smoothing
            np.multiply(arrays.at_label, arrays.share, out=arrays.at_label)
            np.add.reduce(shifted, axis=1, out=row, keepdims=True)
            np.multiply(row, smoothing / z.shape[1], out=row)
            np.add(arrays.at_label, arrays.total, out=arrays.at_label)  # Σ_c t_c z_c
            np.add.reduce(softmax, axis=1, out=row, keepdims=True)
        np.subtract(losses, arrays.at_label, out=losses)
        if gradient is not None:
            np.divide(softmax, row, out=softmax)
            arrays.softmax_line.take(labels, 0, arrays.at_label, "clip")
            np.subtract(
                arrays.at_label, arrays.share, arrays.at_label
            )  # − onehot(label), or its share
            arrays.softmax_line.put(labels, arrays.at_label, "clip")
            if smoothing:
                np.subtract(softmax, smoothing / z.shape[1], out=softmax)
            np.multiply(softmax, 1 / len(z), out=gradient)

    def probabilities_expression(self, z: Expression) -> Expression:
        return z.softmax()

    def expression(self, z: Expression, targets: Expression) -> Expression:
        smoothing, log_p = unchanging(self.smoothing), z.log_softmax()
        return -log_p.pick(targets) * (1 - smoothing) - log_p.mean() * smoothing


def _evaluate_row(z: list[float], label: int, losses: Array, gradient: Array | None) -> None:
    """Evaluate a single row, number by number."""
    largest = max(z)
    e = [math.exp(x - largest) for x in z]
    total = sum(e)
    losses[0] = math.log(total) - (z[label] - largest)
    if gradient is not None:
        e[label] -= total
        gradient[0] = [x / total for x in e]  # softmax(z) − onehot(label)
