"""What the regularizers add to a network's loss, bound to its weights once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from framework.components.base import Array
from framework.components.regularizer import sum_of_squares
from framework.engine.graph import Link


def weights(link: Link) -> list[tuple[Array, Array, Array]]:
    """Give the weights that a layer's regularizer is about, each with its gradient and scratch."""
    place = link.place
    return [
        (
            getattr(place.parameters, p.name),
            getattr(place.gradients, p.name),
            getattr(place.scratch, p.name),
        )
        for p in link.parameters
        if p.weight
    ]


def penalties(links: Sequence[Link]) -> list[Callable[[], float]]:
    """Give what to call, and to sum up, for the penalties of these layers.

    A penalty of ``c/2 Σ W²`` (`Regularizer.decay`) is summed for neighbours in the parameter store
    at once, if their update rule leaves the padding between them at 0, as linear ones do.
    """
    found: list[Callable[[], float]] = []
    summed: list[_Squares] = []
    for link in links:
        decay, rule = link.regularizer.decay(), link.place.block.update_rule
        if decay == 0:
            continue
        if decay is None or rule is None or rule.rate(0) is None:
            found += [partial(link.regularizer.penalty, w, room) for w, _, room in weights(link)]
            continue
        if not (summed and summed[-1].joins(link, decay)):
            summed.append(_Squares([], decay))
        summed[-1].links.append(link)
    return found + [each.bound() for each in summed]


@dataclass
class _Squares:
    """Neighbours in the store that share a penalty ``c/2 Σ W²``."""

    links: list[Link]
    decay: float

    def joins(self, link: Link, decay: float) -> bool:
        last = self.links[-1].place
        return (last.block, last.span.stop, self.decay) == (
            link.place.block,
            link.place.span.start,
            decay,
        )

    def bound(self) -> Callable[[], float]:
        """Give the sum over the whole span less that over what is no weight."""
        first, last = self.links[0].place, self.links[-1].place
        whole = first.block.parameters[first.span.start : last.span.stop]
        others = [
            getattr(link.place.parameters, p.name).reshape(-1)
            for link in self.links
            for p in link.parameters
            if not p.weight
        ]
        each = [w for link in self.links for w, _, _ in weights(link)]
        half, dot = self.decay / 2, np.dot

        def penalty() -> float:
            squares, rest = float(dot(whole, whole)), 0.0
            for array in others:
                rest += float(dot(array, array))
            if rest > squares / 2:  # too little would be left of the difference
                return half * sum(sum_of_squares(w) for w in each)
            return half * (squares - rest)

        return penalty
