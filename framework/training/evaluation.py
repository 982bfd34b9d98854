"""Evaluation: a network's outputs, and its metrics, over a whole split, block by block."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from framework.components.base import Array
from framework.components.layer import Arrays
from framework.components.loss import Loss
from framework.components.metric import Metric
from framework.components.split import Split
from framework.engine.inference import Outputs
from framework.engine.inputs import as_compared
from framework.engine.network import Network
from framework.engine.not_copied import Bound


class Evaluator(Bound):
    """Measures the metrics of a network on a split."""

    def __init__(
        self, network: Network, loss: Loss, metrics: Mapping[str, Metric], rows: int
    ) -> None:
        self.network = network
        self._outputs = Outputs(network, rows)
        self._loss, self._metrics = loss, metrics
        self._arrays: dict[int, tuple[Arrays, Array]] = {}  # by the rows of a block

    def measure(self, split: Split) -> dict[str, float]:
        """Return the figure of each metric by its name; nan for an empty split."""
        if not len(split):
            return {name: float("nan") for name in self._metrics}
        outputs = self.network.outputs[0]
        states = {name: metric.start(outputs) for name, metric in self._metrics.items()}
        for start in range(0, len(split), self._outputs.rows):
            inputs, targets = split.block(start, start + self._outputs.rows)
            z = self._outputs.of(inputs)
            if len(z) not in self._arrays:
                self._arrays[len(z)] = Arrays(**self._loss.scratch(z)), np.empty(len(z), z.dtype)
            arrays, losses = self._arrays[len(z)]
            targets = as_compared(targets, self.network.dtype)
            self._loss.evaluate(z, targets, losses, None, arrays)
            for name, metric in self._metrics.items():
                metric.add(states[name], z, targets, losses)
        return {name: metric.result(states[name]) for name, metric in self._metrics.items()}
