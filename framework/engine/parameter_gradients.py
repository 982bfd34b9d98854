"""How a trained network's loss depends on its parameters; nothing is updated."""

from __future__ import annotations

import copy

import numpy as np
from numpy.typing import ArrayLike

from framework.components.base import Array
from framework.components.layer import Arrays, Layer
from framework.engine.input_gradients import InputGradients, check_targets, fill_loss_gradient
from framework.engine.inputs import as_samples
from framework.engine.network import Network
from framework.engine.parameter_store import allocate


def in_dtype(network: Network, dtype: str) -> Network:
    """Return a copy of a network in another dtype, ``float32`` or ``float64``."""
    state = copy.copy(network.__getstate__())
    state["dtype"] = dtype
    state["layers"] = [
        {
            **values,
            "state": Arrays(**{n: a.astype(dtype) for n, a in vars(values["state"]).items()}),
        }
        for values in state["layers"]
    ]
    blocks, _ = allocate(network._requests, dtype)
    state["blocks"] = [(block.rows, block.factors) for block in blocks]
    made = object.__new__(type(network))
    made.__setstate__(state)
    for name, array in network.parameters().items():
        made.parameters()[name][...] = array
    return made


def _cast(arrays: Arrays, dtype: str) -> Arrays:
    return Arrays(**{name: array.astype(dtype) for name, array in vars(arrays).items()})


def loss_gradients(
    network: Network, inputs: ArrayLike, targets: ArrayLike
) -> tuple[float, dict[str, Array]]:
    """Return the mean loss of samples, and its gradient for every parameter by name.

    As in inference: nothing random acts. Penalties of regularizers are not in it. With these and
    `Network.parameters`, whose arrays can be written to, anybody can train a network by hand.

    Raises
    ------
    DataError : when inputs or targets do not fit the network.
    """
    samples = as_samples(inputs, network.inputs, network.trained_on)
    rows = samples.rows
    compared = check_targets(
        targets, len(rows), network.outputs[0], network.loss, alone=samples.alone
    )
    way = _WithParameters(network, len(rows))
    way.fill(rows)
    way.run()
    losses = fill_loss_gradient(way, network.loss, compared)
    way.output_gradient /= len(rows)
    return float(np.mean(losses)), way.parameter_gradients()


class _WithParameters(InputGradients):
    def parameter_gradients(self) -> dict[str, Array]:
        self.back()
        made: dict[str, Array] = {}
        for i, bound in enumerate(self.network.layers):
            if not isinstance(bound.layer, Layer) or not bound.parameters:
                continue
            parameters = vars(bound.views.parameters)
            gradients = Arrays(**{name: np.zeros_like(a) for name, a in parameters.items()})
            below, y = self._buffers[bound.sources[0]], self._buffers[i + 1].x
            x = below.x * below.scale  # a product may take the scale of inputs into itself
            g = self._gradients[i + 1]
            bound.layer.parameter_gradients(x, y, g, gradients, self._arrays[i])
            made |= {f"{bound.label}.{name}": array for name, array in vars(gradients).items()}
        return made
