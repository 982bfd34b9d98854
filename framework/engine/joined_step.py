"""Forward, loss and back of a step as one call of machine code, where all of them are.

The batch's targets and the losses have arrays of their own here, so that the loss can be bound to
them once; they are copied on the way in and out. What is not machine code stays where it is in the
order: then there are a few calls instead of one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from framework.components.base import Array
from framework.engine.blas import Call
from framework.engine.compiled_loss import CompiledLoss
from framework.engine.joined_calls import joined
from framework.engine.not_copied import Bound

Evaluate = Callable[[Array, Array], None]
Run = Callable[[int, Array, Array], None]


class JoinedStep(Bound):
    """A step's way forward, its loss, and its way back, up to what moves the parameters.

    Parameters
    ----------
    loss : what compares outputs with targets as machine code; None where it has none.
    evaluate : what does so in numpy.
    """

    def __init__(
        self,
        forward: Sequence[Call],
        loss: CompiledLoss | None,
        evaluate: Evaluate,
        backward: Sequence[Call],
        outputs: Array,
        gradient: Array,
    ) -> None:
        self._forward, self._backward = list(forward), list(backward)
        self._loss, self._evaluate = loss, evaluate
        self._outputs, self._gradient = outputs, gradient
        self._run: Run | None = None

    def run(self, step: int, targets: Array, losses: Array) -> None:
        """Fill losses and gradients, and move what is moved on the way back."""
        if self._run is None:
            self._run = self._bind(targets)
        self._run(step, targets, losses)

    def _bind(self, targets: Any) -> Run:
        """Bind all to targets of this form, which the first batch shows."""
        loss = self._loss
        if loss is None or not loss.takes(targets, self._outputs):
            return self._around()
        own, own_losses = np.empty_like(targets, order="C"), np.empty_like(self._outputs[:, 0])
        bound = loss.bind(self._outputs, own, own_losses, self._gradient)
        calls = joined([*self._forward, bound.call, *self._backward])

        def run(step: int, targets: Array, losses: Array) -> None:
            if bound.set_numbers is not None:
                bound.set_numbers(step)
            np.copyto(own, targets)
            for call in calls:
                call()
            np.copyto(losses, own_losses)

        return run

    def _around(self) -> Run:
        """Return the same with the loss in numpy."""
        there, back, evaluate = joined(self._forward), joined(self._backward), self._evaluate

        def run(step: int, targets: Array, losses: Array) -> None:
            for call in there:
                call()
            evaluate(targets, losses)
            for call in back:
                call()

        return run
