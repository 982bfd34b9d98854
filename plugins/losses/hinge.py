"""The hinge loss, for more than two classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    Array,
    Arrays,
    Expression,
    Loss,
    Scalar,
    Targets,
    hyperparameter,
    positive,
    value,
)

from .unchanging import unchanging


@dataclass(frozen=True)
class Hinge(Loss):
    r"""Ask the label's output to be larger than each other by a margin, and no more.

        d_c  = max(0, margin − z_label + z_c)ᵖ       for every other class c; p = 1 or 2
        loss = Σ_c d_c / C                           C classes; with `largest_only`, max_c d_c

    Plainly::

        rows, power = np.arange(len(z)), 2 if squared else 1
        d = np.maximum(0, margin - z[rows, targets][:, None] + z)
        d[rows, targets] = 0
        if largest_only:
            d, classes = d * (np.arange(z.shape[1]) == d.argmax(axis=1)[:, None]), 1
        else:
            classes = z.shape[1]
        losses = (d**power).sum(axis=1) / classes
        gradient = (2 * d if squared else d > 0) / (classes * len(z))
        gradient[rows, targets] = -gradient.sum(axis=1)

    Weston and Watkins, "Support vector machines for multi-class pattern recognition", 1999; the
    largest only: Crammer and Singer, "On the algorithmic implementation of multiclass kernel-based
    vector machines", 2001.

    Two equal outputs lack the whole margin, 1, of two classes:

    >>> z, losses, gradient, loss = np.zeros((1, 2)), np.empty(1), np.empty((1, 2)), Hinge()
    >>> loss.evaluate(z, np.array([0]), losses, gradient, Arrays(**loss.scratch(z)))
    >>> losses, gradient
    (array([0.5]), array([[-0.5,  0.5]]))

    Differs: nothing from PyTorch's ``MultiMarginLoss``. Keras's ``CategoricalHinge`` is that of
    `largest_only`.
    """

    targets: ClassVar[Targets] = "labels"

    margin: Scalar = positive(1.0, "by how much the label's output should be larger")
    squared: bool = hyperparameter(False, "take squares, p = 2")
    largest_only: bool = hyperparameter(False, "look at the largest of the others alone")

    def scratch(self, z: Array) -> dict[str, Array]:
        column = np.empty((len(z), 1), z.dtype)
        numbers = {"d": np.empty_like(z), "squares": np.empty_like(z), "column": column}
        marks = {name: np.empty_like(z, np.bool_) for name in ("is_label", "is_other")}
        return {**numbers, **marks, "classes": np.arange(z.shape[1])}

    def evaluate(
        self, z: Array, targets: Array, losses: Array, gradient: Array | None, arrays: Arrays
    ) -> None:
        d, column, is_label = arrays.d, arrays.column, arrays.is_label
        np.equal(arrays.classes, targets[:, None], out=is_label)
        np.multiply(z, is_label, out=d)
        np.add.reduce(d, axis=1, out=column, keepdims=True)  # z_label
        np.subtract(column, value(self.margin, arrays.step), out=column)
        np.subtract(z, column, out=d)
        np.maximum(d, 0, out=d)
        np.copyto(d, 0, where=is_label)
        classes = z.shape[1]
        if self.largest_only:
            largest = np.argmax(d, axis=1)
            np.not_equal(arrays.classes, largest[:, None], out=arrays.is_other)
            np.copyto(d, 0, where=arrays.is_other)
            classes = 1
        terms = np.square(d, out=arrays.squares) if self.squared else d
        np.add.reduce(terms, axis=1, out=losses)
        losses /= classes
        if gradient is not None:
            if self.squared:
                np.multiply(d, 2, out=d)
            else:
                np.sign(d, out=d)
            np.multiply(d, 1 / (classes * len(z)), out=d)
            np.add.reduce(d, axis=1, out=column, keepdims=True)
            np.multiply(is_label, column, out=gradient)
            np.subtract(d, gradient, out=gradient)

    def expression(self, z: Expression, targets: Expression) -> Expression:
        label = z.is_label(targets)
        lacking = (z - z.pick(targets).reshape(1) + unchanging(self.margin)).maximum(0)
        d = label.where(0.0, lacking)
        d = d * d if self.squared else d
        return d.max() if self.largest_only else d.mean()
