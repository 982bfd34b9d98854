"""Evaluation: a network's outputs, and its metrics, over a whole split, block by block."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from framework.components.base import Array
from framework.components.layer import Own
from framework.components.loss import Loss
from framework.components.metric import Metric
from framework.components.split import Split
from framework.engine.network import Network
from framework.engine.not_copied import Bound
from framework.engine.propagation import Forward
from framework.settings.targets import as_compared

_MOST = 1 << 24  # numbers of a layer that are made at once: wide outputs come in smaller blocks


class Outputs(Bound):
    """A network's outputs for any number of inputs, in blocks whose arrays are made once.

    Blocks of some hundred rows keep activations in the processor's cache; much larger ones are
    slower, and much smaller ones ask for Python's lock too often while a step waits for it.
    """

    def __init__(self, network: Network, rows: int) -> None:
        self.network = network
        widest = max(math.prod(shape) for link in network.links for shape in link.shapes)
        self.rows = max(1, min(rows, _MOST // widest))
        self._forward: dict[int, Forward] = {}

    def of(self, block: Array) -> Array:
        """Give the outputs of a block of inputs, valid until the next."""
        forward = self._forward.get(len(block))
        if forward is None:
            forward = Forward(self.network, len(block), scale=self.network.scale)
            self._forward[len(block)] = forward
        np.copyto(forward.inputs, block, casting="same_kind")
        if forward.scale is not None:
            np.multiply(forward.inputs, forward.scale, out=forward.inputs)
        forward.run()
        return forward.outputs


class Evaluator(Bound):
    """Measures the metrics of a network on a split."""

    def __init__(
        self, network: Network, loss: Loss, metrics: Mapping[str, Metric], rows: int
    ) -> None:
        self.network = network
        self._outputs = Outputs(network, rows)
        self._loss, self._metrics = loss, metrics
        self._room: dict[int, tuple[Own, Array]] = {}

    def measure(self, split: Split) -> dict[str, float]:
        """Give the figure of each metric by its name; nan for an empty split."""
        if not len(split):
            return {name: float("nan") for name in self._metrics}
        outputs = self.network.outputs[0]
        states = {name: metric.start(outputs) for name, metric in self._metrics.items()}
        for start in range(0, len(split), self._outputs.rows):
            inputs, targets = split.block(start, start + self._outputs.rows)
            z = self._outputs.of(inputs)
            if len(z) not in self._room:
                self._room[len(z)] = Own(**self._loss.scratch(z)), np.empty(len(z), z.dtype)
            own, values = self._room[len(z)]
            targets = as_compared(targets, self.network.dtype)
            self._loss.evaluate(z, targets, values, None, own)
            for name, metric in self._metrics.items():
                metric.add(states[name], z, targets, values)
        return {name: metric.result(states[name]) for name, metric in self._metrics.items()}
