"""Inference: a network's outputs for any number of inputs, block by block.

Each block goes through a `Forward` of its size (`propagation.py`).
"""

from __future__ import annotations

import math

from framework.components.base import Array
from framework.engine.graph import Graph
from framework.engine.not_copied import Bound
from framework.engine.propagation import Forward

_MOST = 1 << 24  # numbers of a layer that are made at once: wide outputs come in smaller blocks


def rows_at_once(network: Graph, rows: int) -> int:
    """Return how many rows go through a network at once: `rows`, or fewer where it is wide."""
    widest = max(math.prod(shape) for bound in network.layers for shape in bound.shapes)
    return max(1, min(rows, _MOST // widest))


class Outputs(Bound):
    """A network's outputs for any number of inputs, in blocks whose arrays are made once.

    Blocks of some hundred rows keep activations in the processor's cache; much larger ones are
    slower, and much smaller ones ask for the GIL too often while a step waits for it.
    """

    def __init__(self, network: Graph, rows: int) -> None:
        self.network = network
        self.rows = rows_at_once(network, rows)
        self._forward: dict[int, Forward] = {}

    def of(self, block: Array) -> Array:
        """Return the outputs of a block of inputs, valid until the next."""
        forward = self.way(len(block))
        forward.fill(block)
        forward.run()
        return forward.outputs

    def way(self, rows: int) -> Forward:
        """Return the way forward for so many rows."""
        forward = self._forward.get(rows)
        if forward is None:
            forward = Forward(self.network, rows, scale=self.network.scale)
            self._forward[rows] = forward
        return forward
