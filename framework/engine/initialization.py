"""First values: where a network's weights are drawn, by each layer's initializer.

`graph.py` calls this once for each layer when a graph is made; the arrays that are filled lie in
`parameter_store.py`, the distributions are components (`plugins/initializers`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from framework.components.initializer import Initializer
from framework.components.layer import Arrays, Parameter
from framework.engine.parameter_store import Block


def draw_parameters(
    declared: Sequence[Parameter],
    arrays: Arrays,
    initializer: Initializer,
    rng: np.random.Generator,
) -> None:
    """Draw a layer's weights; set its other parameters to the first value they declare.

    Parameters
    ----------
    declared : the layer's parameters, in the order in which they use up random numbers.
    arrays : where they lie, by name; to be filled.
    """
    weights = next((parameter.shape for parameter in declared if parameter.weight), None)
    for parameter in declared:
        array = getattr(arrays, parameter.name)
        own = parameter.initial
        if isinstance(own, Initializer):
            array[...] = own.draw(rng, parameter.shape)
        elif parameter.weight:
            array[...] = initializer.draw(rng, parameter.shape)
        else:
            array[...] = own
            if parameter.role == "bias" and own == 0 and weights is not None:
                bias = initializer.draw_bias(rng, parameter.shape, weights)
                if bias is not None:
                    array[...] = bias


def start_slots(blocks: Sequence[Block]) -> None:
    """Set what update rules keep to its first values, once the parameters have theirs."""
    for block in blocks:
        for name, slot in block.slots.items():
            if name in block.factors:
                block.factors[name][...] = slot.first
            else:
                block.row(name)[...] = block.parameters if slot.first == "parameter" else slot.first
