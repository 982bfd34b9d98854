"""What the outputs of a network are called."""

from __future__ import annotations

import numpy as np

from framework import Network


def output_names(network: Network) -> tuple[str, ...]:
    """Return the names of the classes, or of the columns of values; their numbers without."""
    nothing = np.zeros((0, *network.outputs), network.dtype)
    probabilities, decided = network.loss.probabilities(nothing), network.loss.decide(nothing)
    shown = decided if network.targets != "labels" else probabilities
    count = (nothing if shown is None else shown).shape[1]
    names = network.class_names
    return names if len(names) == count else tuple(str(i) for i in range(count))
