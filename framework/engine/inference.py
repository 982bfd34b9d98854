"""Inference: a network's outputs for any number of inputs, block by block.

Each block goes through a `Forward` of its size (`propagation.py`).
"""

from __future__ import annotations

import math

import numpy as np

from framework.components.base import Array
from framework.engine.graph import Graph
from framework.engine.not_copied import Bound
from framework.engine.propagation import Forward

_MOST = 1 << 24  # numbers of a layer that are made at once: wide outputs come in smaller blocks


class Outputs(Bound):
    """A network's outputs for any number of inputs, in blocks whose arrays are made once.

    Blocks of some hundred rows keep activations in the processor's cache; much larger ones are
    slower, and much smaller ones ask for the GIL too often while a step waits for it.
    """

    def __init__(self, network: Graph, rows: int) -> None:
        self.network = network
        widest = max(math.prod(shape) for bound in network.layers for shape in bound.shapes)
        self.rows = max(1, min(rows, _MOST // widest))
        self._forward: dict[int, Forward] = {}

    def of(self, block: Array) -> Array:
        """Return the outputs of a block of inputs, valid until the next."""
        forward = self._forward.get(len(block))
        if forward is None:
            forward = Forward(self.network, len(block), scale=self.network.scale)
            self._forward[len(block)] = forward
        np.copyto(forward.inputs, block, casting="same_kind")
        if forward.scale is not None:
            np.multiply(forward.inputs, forward.scale, out=forward.inputs)
        forward.run()
        return forward.outputs
