"""Accumulation: a step whose batch is taken in several parts, for what would not fit at once.

A part of b of the batch's B rows has the gradient of its own mean loss; the batch's is their mean,
each weighed by b/B::

    ∂L = Σ_parts b/B · ∂L_part

so the step is that of the whole batch, up to rounding: one penalty, one update, one step for every
schedule. What looks at a whole batch (its mean, as a normalization does, or a loss that compares
samples) sees a part of it, and random layers draw for each part.
"""

from __future__ import annotations

import numpy as np

from framework.components.base import Array
from framework.components.loss import Loss
from framework.engine.clipping import Clipping
from framework.engine.compiled import NOTHING, Compiled
from framework.engine.graph import Graph
from framework.engine.moves import Moves
from framework.engine.not_copied import Bound
from framework.engine.propagation import Step
from framework.engine.regularization import add_gradients, penalties


class AccumulatedStep(Bound):
    """One training step for one batch size, in parts; used as a `Step` is.

    Attributes
    ----------
    inputs : ``[B, *sample shape]``, to be filled with a batch.
    scale : what is left to multiply the batch by once it is filled in; None when nothing is.
    moves : what ends a step.
    """

    def __init__(
        self,
        network: Graph,
        batch: int,
        loss: Loss,
        parts: int,
        *,
        scale: float | None = None,
        clipping: Clipping | None = None,
        at: int = 0,
        compiled: Compiled = NOTHING,
    ) -> None:
        ends = np.cumsum([len(rows) for rows in np.array_split(np.arange(batch), parts)])
        of_size: dict[int, Step] = {}
        self._parts: list[tuple[slice, Step]] = []
        for start, stop in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True):
            size = stop - start
            if size not in of_size:
                of_size[size] = Step(
                    *(network, size, loss), scale=scale, part_of=batch, at=at, compiled=compiled
                )
            self._parts.append((slice(start, stop), of_size[size]))
        first = self._parts[0][1]
        self.scale = first.scale
        self.inputs = np.zeros((batch, *network.inputs), network.dtype)
        trained = [bound for bound in network.layers if bound.is_trained(at)]
        self._rows = [b.gradients for b in network.blocks if b.update_rule is not None]
        self._sums = [np.zeros_like(row) for row in self._rows]
        self._regularize = [call for bound in first.written for call in add_gradients(bound)]
        self._penalties = penalties(trained)
        self.moves = Moves(network, trained, first.written, clipping, compiled.twins)

    def run_step(self, step: int, targets: Array, losses: Array) -> None:
        """Take one step on the batch in `inputs`, as `Step.run_step` does."""
        last = len(self._parts) - 1
        for k, (rows, part) in enumerate(self._parts):
            np.copyto(part.inputs, self.inputs[rows])
            part.run_step(step, targets[rows], losses[rows])
            for total, gradients in zip(self._sums, self._rows, strict=True):
                if k == 0:
                    np.copyto(total, gradients)
                elif k < last:
                    total += gradients
                else:
                    gradients += total
        if self._penalties:
            losses += sum(penalty() for penalty in self._penalties)
        for call in self._regularize:
            call()
        for move in self.moves.calls:
            move(step)
