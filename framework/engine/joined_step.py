"""Forward, loss and back of a step as one call of machine code, where all of them are.

The batch's targets and the losses have arrays of their own here, so that the loss can be bound to
them once; they are copied on the way in and out. What is not machine code stays where it is in the
order: then there are a few calls instead of one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from framework.components.base import Array
from framework.engine.blas import Call
from framework.engine.compiled_layers import SetNumbers
from framework.engine.compiled_loss import CompiledLoss
from framework.engine.joined_calls import joined
from framework.engine.not_copied import Bound

Evaluate = Callable[[Array, Array], None]
Run = Callable[[int, Array, Array], None]


class JoinedStep(Bound):
    """A step's way forward, its loss, and its way back, up to what moves the parameters."""

    def __init__(
        self,
        forward: Sequence[Call],
        loss: CompiledLoss,
        backward: Sequence[Call],
        outputs: Array,
        gradient: Array,
    ) -> None:
        self._forward, self._backward = list(forward), list(backward)
        self._loss, self._outputs, self._gradient = loss, outputs, gradient
        self._losses = np.empty(len(outputs), outputs.dtype)
        self._targets: Array | None = None
        self._calls: list[Call] = []
        self._set_numbers: SetNumbers | None = None

    def run(self, step: int, targets: Array, losses: Array) -> None:
        """Fill losses and gradients, and move what is moved on the way back."""
        if self._targets is None:
            self._targets = self._bind(targets)
        if self._set_numbers is not None:
            self._set_numbers(step)
        np.copyto(self._targets, targets)
        for call in self._calls:
            call()
        np.copyto(losses, self._losses)

    def _bind(self, targets: Array) -> Array:
        """Bind the loss to targets of this form, which the first batch shows."""
        own = np.empty_like(targets, order="C")
        bound = self._loss.bind(self._outputs, own, self._losses, self._gradient)
        self._calls = joined([*self._forward, bound.call, *self._backward])
        self._set_numbers = bound.set_numbers
        return own


def joined_around(forward: Sequence[Call], evaluate: Evaluate, backward: Sequence[Call]) -> Run:
    """Return the same for a loss that is no machine code: ``evaluate(targets, losses)``."""
    there, back = joined(forward), joined(backward)

    def run(step: int, targets: Array, losses: Array) -> None:
        for call in there:
            call()
        evaluate(targets, losses)
        for call in back:
            call()

    return run
