"""The group `metrics`: which figures are measured, and which of them ranks runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from framework.components.loss import Loss
from framework.components.metric import Metric
from framework.errors import ConfigurationError
from framework.registry.registry import Registry
from framework.settings.reader import Reader

KINDS_OF_TARGETS = ("labels", "values", "sets")
NO_METRIC = "metrics: there is none; expected at least one, the last one ranks runs"
_ONLY_FOR = "only_for"


def read_metrics(
    reader: Reader, nodes: Mapping[str, Any], loss: Loss | None
) -> Iterator[tuple[str, Metric | None]]:
    """Read the group `metrics`, without those that are `only_for` targets the loss does not take.

    Parameters
    ----------
    nodes : name in this run → the metric's own node.
    loss : the run's; None where it could not be read.
    """
    for name, node in nodes.items():
        path = f"metrics.{name}"
        wanted = None
        if isinstance(node, Mapping) and _ONLY_FOR in node:
            wanted = node[_ONLY_FOR]
            node = {key: value for key, value in node.items() if key != _ONLY_FOR}
        if wanted is not None and wanted not in KINDS_OF_TARGETS:
            problem = f"expected null, labels, values or sets, got {wanted!r}"
            reader.report(f"{path}.{_ONLY_FOR}", problem)
        metric = reader.component(Metric, node, path)
        if wanted is None or loss is None or wanted == loss.targets:
            yield name, metric


def ranking_metric(registry: Registry, nodes: Mapping[str, Any], loss: object) -> Metric:
    """Return the metric that ranks runs, the last that is measured, from the groups' plain nodes.

    Raises
    ------
    ConfigurationError : one line for each thing wrong with them.
    """
    reader = Reader(registry)
    read = dict(read_metrics(reader, nodes, reader.component(Loss, loss, "loss")))
    reader.finish()
    metrics = [metric for metric in read.values() if metric is not None]
    if not metrics:
        raise ConfigurationError(NO_METRIC)
    return metrics[-1]
