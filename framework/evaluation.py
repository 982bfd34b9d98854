"""Evaluation: the metrics of a network over a whole split, block by block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from framework.component import Array
from framework.dataset import Split
from framework.layer import Own
from framework.loss import Loss
from framework.metric import Metric
from framework.network import Network
from framework.propagation import Forward


def outputs_of(network: Network, split: Split, rows: int) -> Iterator[tuple[int, Array]]:
    """Walk through a split; give each block's first row and its outputs, valid until the next."""
    forward: Forward | None = None
    for start in range(0, len(split), rows):
        block = split.inputs[start : start + rows]
        if forward is None or forward.batch != len(block):
            forward = Forward(network, len(block))
        fill(forward.inputs, block, network.scale)
        forward.run()
        yield start, forward.outputs


def fill(x: Array, rows: Array, scale: float | None) -> None:
    """Copy rows into a batch, and scale them where they are integers."""
    np.copyto(x, rows, casting="same_kind")
    if scale is not None and rows.dtype.kind in "ui":
        np.multiply(x, scale, out=x)


def evaluate(
    network: Network, split: Split, loss: Loss, metrics: Mapping[str, Metric], rows: int
) -> dict[str, float]:
    """Measure a network on a split.

    Returns
    -------
    The figure of each metric by its name in the configuration; nan for an empty split.
    """
    if not len(split):
        return {name: float("nan") for name in metrics}
    states = {name: metric.start(network.outputs[0]) for name, metric in metrics.items()}
    own, values = Own(), np.empty(0, network.dtype)
    for start, z in outputs_of(network, split, rows):
        if len(values) != len(z):
            values = np.empty(len(z), network.dtype)
            own = Own(**loss.scratch(z))
        targets = split.targets[start : start + len(z)]
        loss.evaluate(z, targets, values, None, own)
        for name, metric in metrics.items():
            metric.add(states[name], z, targets, values)
    return {name: metric.result(states[name]) for name, metric in metrics.items()}
