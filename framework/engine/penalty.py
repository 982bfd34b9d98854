"""What the regularizers add to a network's loss, bound to its weights once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from framework.components.base import Array
from framework.components.regularizer import sum_of_squares
from framework.engine.graph import BoundLayer


def weights(link: BoundLayer) -> list[tuple[Array, Array, Array]]:
    """Give the weights that a layer's regularizer is about, each with its gradient and scratch."""
    place = link.views
    return [
        (
            getattr(place.parameters, p.name),
            getattr(place.gradients, p.name),
            getattr(place.scratch, p.name),
        )
        for p in link.parameters
        if p.weight
    ]


def penalties(layers: Sequence[BoundLayer]) -> list[Callable[[], float]]:
    """Give what to call, and to sum up, for the penalties of these layers.

    A penalty of ``c/2 Σ W²`` (`Regularizer.l2_coefficient`) is summed for neighbours in the
    parameter store at once, if their update rule leaves the padding between them at 0, as linear
    ones do.
    """
    found: list[Callable[[], float]] = []
    summed: list[_Squares] = []
    for link in layers:
        decay, rule = link.regularizer.l2_coefficient(), link.views.block.update_rule
        if decay == 0:
            continue
        if decay is None or rule is None or rule.plain_sgd_rate(0) is None:
            found += [partial(link.regularizer.penalty, w, room) for w, _, room in weights(link)]
            continue
        if not (summed and summed[-1].joins(link, decay)):
            summed.append(_Squares([], decay))
        summed[-1].layers.append(link)
    return found + [each.bound() for each in summed]


@dataclass
class _Squares:
    """Neighbours in the store that share a penalty ``c/2 Σ W²``."""

    layers: list[BoundLayer]
    decay: float

    def joins(self, link: BoundLayer, decay: float) -> bool:
        last = self.layers[-1].views
        return (last.block, last.span.stop, self.decay) == (
            link.views.block,
            link.views.span.start,
            decay,
        )

    def bound(self) -> Callable[[], float]:
        """Give the sum over the whole span less that over what is no weight."""
        first, last = self.layers[0].views, self.layers[-1].views
        whole = first.block.parameters[first.span.start : last.span.stop]
        others = [
            getattr(link.views.parameters, p.name).reshape(-1)
            for link in self.layers
            for p in link.parameters
            if not p.weight
        ]
        each = [w for link in self.layers for w, _, _ in weights(link)]
        half, dot = self.decay / 2, np.dot

        def penalty() -> float:
            squares, rest = float(dot(whole, whole)), 0.0
            for array in others:
                rest += float(dot(array, array))
            if rest > squares / 2:  # too little would be left of the difference
                return half * sum(sum_of_squares(w) for w in each)
            return half * (squares - rest)

        return penalty
