"""First values from data: layers that adapt to what the untrained network gives them.

Done once, before the first step; layers are asked from the first to the last, each with what those
before it, adapted already, make of the first rows of the training split in inference.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from framework.components.layer import Layer
from framework.components.split import Split
from framework.engine.graph import BoundLayer
from framework.engine.initialization import start_slots
from framework.engine.network import Network
from framework.engine.propagation import Forward
from framework.errors import PluginError

_ROWS = 1000


def adapt_layers(network: Network, split: Split, but: Collection[str] = ()) -> None:
    """Give the layers that adapt (`Layer.adapt`) their first values.

    Parameters
    ----------
    but : labels of the layers that have their values already.

    Raises
    ------
    PluginError : when one gives what is no array of its own.
    """
    adapting = [bound for bound in network.layers if _adapts(bound) and bound.label not in but]
    if not adapting:
        return
    rows = min(_ROWS, len(split))
    forward = Forward(network, rows, scale=network.scale, apart=True)
    _, inputs, _ = next(iter(split.blocks()))
    forward.fill(inputs[:rows])
    for bound in adapting:
        with np.errstate(all="ignore"):  # what is not finite is refused below
            forward.run()
        assert isinstance(bound.layer, Layer)
        x = forward.activations[bound.sources[0]]
        _take_over(bound, dict(bound.layer.adapt(x)))
    start_slots(network.blocks)


def _adapts(bound: BoundLayer) -> bool:
    layer = bound.layer
    return isinstance(layer, Layer) and type(layer).adapt is not Layer.adapt


def _take_over(bound: BoundLayer, given: dict[str, object]) -> None:
    own = vars(bound.views.parameters) | vars(bound.state)
    for name, value in given.items():
        if name not in own:
            names = ", ".join(own) or "none"
            raise PluginError(f"layer '{bound.label}': adapt gave '{name}'; its arrays are {names}")
        array = np.asarray(value)
        if array.shape != own[name].shape or not np.isfinite(array).all():
            raise PluginError(
                f"layer '{bound.label}': adapt gave '{name}' of shape {array.shape}; expected"
                f" finite numbers of shape {own[name].shape}"
            )
        own[name][...] = array
