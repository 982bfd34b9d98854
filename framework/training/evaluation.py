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
from framework.training.measured import Measured


class Evaluator(Bound):
    """Measures the metrics of a network on a split.

    ``columns`` is how many classes there are, or columns of the targets.
    """

    def __init__(
        self, network: Network, loss: Loss, metrics: Mapping[str, Metric], rows: int, columns: int
    ) -> None:
        self.network = network
        self._outputs = Outputs(network, rows)
        self._loss = loss
        self._measured = Measured.of(metrics, network.outputs[0], columns)
        self._takes = {metric.takes for metric in metrics.values()}
        self._arrays: dict[int, tuple[Arrays, Array]] = {}  # by the rows of a block

    def measure(self, split: Split) -> dict[str, float]:
        """Return every figure of each metric by its name; nan for an empty split."""
        if not len(split):
            return self.empty()
        states = [measured.start(len(split)) for measured in self._measured]
        weights = split.relative_weights()
        for start in range(0, len(split), self._outputs.rows):
            inputs, targets = split.block(start, start + self._outputs.rows)
            z = self._outputs.of(inputs)
            if len(z) not in self._arrays:
                self._arrays[len(z)] = self._loss_arrays(z), np.empty(len(z), z.dtype)
            arrays, losses = self._arrays[len(z)]
            targets = as_compared(targets, self.network.dtype)
            self._loss.evaluate(z, targets, losses, None, arrays)
            of_block = None if weights is None else weights[start : start + len(z)]
            given = {takes: self._made(z, takes) for takes in self._takes}
            for measured, state in zip(self._measured, states, strict=True):
                measured.add(state, given[measured.metric.takes], targets, losses, of_block)
        read = [
            measured.read(state) for measured, state in zip(self._measured, states, strict=True)
        ]
        return {name: figure for figures in read for name, figure in figures.items()}

    def empty(self) -> dict[str, float]:
        """Return every figure of each metric, nan, as of a split without rows."""
        return {name: float("nan") for measured in self._measured for name in measured.figures}

    def _loss_arrays(self, z: Array) -> Arrays:
        return Arrays(**self._loss.scratch(z), _clock=self.network.clock)

    def _made(self, z: Array, takes: str | None) -> Array:
        """Return what metrics are given of a block's outputs."""
        if takes == "decisions":
            return self._loss.decide(z)
        made = self._loss.probabilities(z) if takes == "probabilities" else z
        assert made is not None  # `settings/targets.py` has refused such metrics
        return made
