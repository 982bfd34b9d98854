"""Regularizers in a step: what they add to the loss, and where their gradient goes.

A regularizer is two formulas (`components/regularizer.py`): a penalty on each weight array, and
its gradient. A step (`propagation.py`) uses them so:

- *The penalty* is added to the loss of every sample: `penalties` below.
- *The gradient* is added to that of the weights, right after it is written down: `add_gradients`
  below.
- But for an affine layer under plain gradient descent, whose penalty is ``c/2 Σ W²``: there
  its gradient ``c W`` is never written down. It is the ``1 − ηc`` of
  ``W ← (1 − ηc) W − η Xᵀ G``, inside the product that updates the weights
  (`affine.DecayedUpdate`). So L2 under SGD decays weights in `affine.py`, and in any other case
  goes through `add_gradients`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from framework.components.base import Array
from framework.components.regularizer import sum_of_squares
from framework.engine.graph import BoundLayer


def weights(bound: BoundLayer) -> list[tuple[Array, Array, Array]]:
    """Return the weights that a layer's regularizer is about, each with gradient and scratch."""
    views = bound.views
    return [
        (
            getattr(views.parameters, p.name),
            getattr(views.gradients, p.name),
            getattr(views.scratch, p.name),
        )
        for p in bound.parameters
        if p.weight
    ]


def add_gradients(bound: BoundLayer) -> list[Callable[[], None]]:
    """Return the calls that add the penalty's gradient to the layer's, once that is written."""
    if bound.regularizer.l2_coefficient() == 0:
        return []
    add = bound.regularizer.add_gradient
    return [partial(add, w, g, scratch) for w, g, scratch in weights(bound)]


def penalties(layers: Sequence[BoundLayer]) -> list[Callable[[], float]]:
    """Return the calls whose results, summed up, are the penalties of these layers.

    Must equal ``sum(layer.regularizer.penalty(w, scratch))`` over all weights. A penalty of
    ``c/2 Σ W²`` (`Regularizer.l2_coefficient`) is summed for neighbours in the parameter store at
    once, if their update rule leaves the padding between them at 0, as linear ones do.
    """
    calls: list[Callable[[], float]] = []
    stretches: list[_Stretch] = []
    for bound in layers:
        coefficient, rule = bound.regularizer.l2_coefficient(), bound.views.block.update_rule
        if coefficient == 0:
            continue
        if coefficient is None or rule is None or rule.plain_sgd_rate(0) is None:
            penalty = bound.regularizer.penalty
            calls += [partial(penalty, w, scratch) for w, _, scratch in weights(bound)]
            continue
        if not (stretches and stretches[-1].is_continued_by(bound, coefficient)):
            stretches.append(_Stretch([], coefficient))
        stretches[-1].layers.append(bound)
    return calls + [stretch.penalty() for stretch in stretches]


@dataclass
class _Stretch:
    """Neighbours in the store that share a penalty ``c/2 Σ W²``."""

    layers: list[BoundLayer]
    coefficient: float

    def is_continued_by(self, bound: BoundLayer, coefficient: float) -> bool:
        last = self.layers[-1].views
        return (last.block, last.span.stop, self.coefficient) == (
            bound.views.block,
            bound.views.span.start,
            coefficient,
        )

    def penalty(self) -> Callable[[], float]:
        """Return the call for ``c/2 Σ W²``: the sum over the whole span, less what is no weight.

        Must equal ``c / 2 * sum(np.sum(w**2) for w in weights)``.
        """
        first, last = self.layers[0].views, self.layers[-1].views
        whole = first.block.parameters[first.span.start : last.span.stop]
        not_weights = [
            getattr(bound.views.parameters, p.name).reshape(-1)
            for bound in self.layers
            for p in bound.parameters
            if not p.weight
        ]
        only_weights = [w for bound in self.layers for w, _, _ in weights(bound)]
        half, dot = self.coefficient / 2, np.dot

        def penalty() -> float:
            squares, surplus = float(dot(whole, whole)), 0.0
            for array in not_weights:
                surplus += float(dot(array, array))
            if surplus > squares / 2:  # too little would be left of the difference
                return half * sum(sum_of_squares(w) for w in only_weights)
            return half * (squares - surplus)

        return penalty
