"""A loss: how far outputs are from their targets, the gradient of that, and what outputs mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework.components.base import Array, Component
from framework.components.dataset import Data
from framework.components.expression import Expression
from framework.components.formula import Formula
from framework.components.layer import Arrays
from framework.components.loss_formula import evaluate_rows, stated_loss
from framework.components.targets import Targets


@dataclass(frozen=True)
class Loss(Component):
    """A value for each sample of a batch, and the gradient of their mean, in one pass.

    With it goes what a network's outputs mean: how many there are, what probabilities they stand
    for, and what is decided from them. Outputs ``z`` are ``[B, outputs]``.
    """

    targets: ClassVar[Targets] = "labels"
    """What it compares with: class ``labels``, integers ``[B]``; ``values``, ``[B, K]``; or
    ``sets`` of classes, ``[B, K]`` of 0 and 1. Data and metrics must take the same."""

    whole_batch: ClassVar[bool] = False
    """True declares that a sample's value depends on the other samples of its batch (a weighted
    mean, a contrastive loss); figures then depend on how a split is divided into batches."""

    formula: ClassVar[Formula | None] = None
    """What ``evaluate`` makes of a single sample, as plain code over numbers
    (`framework/components/loss_formula.py`), a static method. It is what ``evaluate`` does unless
    that is written out as well, and must then come to the same; the core may compile it."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        stated = isinstance(vars(cls).get("formula"), staticmethod | property)
        if stated and "evaluate" not in vars(cls):
            setattr(cls, "evaluate", Loss.evaluate)  # noqa: B010  (its parent's is another's)

    def outputs(self, data: Data) -> int:
        """Return how many outputs a network for these data needs.

        By default one for each class, or for each column of the targets (`Data.outputs`).

        Raises
        ------
        ValueError : when it cannot be used with such data; the text says what it expects.
        """
        return data.outputs

    def probabilities(self, z: Array) -> Array | None:
        """Return the probability of each class, ``[B, C]``; None when outputs stand for none."""
        return None

    def decide(self, z: Array) -> Array:
        """Return what is predicted, in the form of the targets.

        By default the class of the largest output, ``[B]``; the outputs themselves where targets
        are values, ``[B, K]``; and where they are sets, 1 for every output above 0, ``[B, K]``.
        """
        if self.targets == "values":
            return z
        if self.targets == "sets":
            return (z > 0).astype(np.int64)
        return np.asarray(np.argmax(z, axis=1))

    def expression(self, z: Expression, targets: Expression) -> Expression:
        """Return the loss of each sample, ``[B]``, as an expression: exports can then train."""
        raise NotImplementedError

    def probabilities_expression(self, z: Expression) -> Expression | None:
        """Return what `probabilities` does as an expression; None where there are none."""
        return None

    def decide_expression(self, z: Expression) -> Expression | None:
        """Return what `decide` does as an expression; None where that cannot be said."""
        if type(self).decide is not Loss.decide:
            return None
        if self.targets == "values":
            return z
        return (z > 0).number() if self.targets == "sets" else z.argmax()

    def scratch(self, z: Array) -> Mapping[str, Array]:
        """Return arrays to work in, made once for each batch size; ``z`` shows the form."""
        return {}

    def evaluate(
        self, z: Array, targets: Array, losses: Array, gradient: Array | None, arrays: Arrays
    ) -> None:
        """Compare a batch of outputs with its targets; by `formula`, unless a loss says otherwise.

        Parameters
        ----------
        z : outputs of the network, ``[B, outputs]``; not to be changed.
        targets : labels ``[B]``, values ``[B, K]``, or sets ``[B, K]`` of 0 and 1.
        losses : to be filled with the loss of each sample, ``[B]``.
        gradient : to be filled with the gradient of the *mean* loss for ``z``, so divided by B;
            None in inference.
        arrays : the arrays from ``scratch``, by name.

        Where samples have weights, the core multiplies losses and rows of the gradient by them. One
        with a further argument ``weights=None`` is given them, ``[B]``, and does that itself: then
        even if it looks at the whole batch.
        """
        stated = stated_loss(self)
        if stated is None:
            raise NotImplementedError
        values = stated.values(self, arrays.step)
        evaluate_rows(stated, values, z, targets, losses, gradient)
