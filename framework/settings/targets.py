"""What targets are, labels or values, and whether data, loss and metrics mean the same by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from framework.components.base import Array
from framework.components.dataset import Data
from framework.components.loss import Loss
from framework.components.metric import Metric
from framework.errors import ConfigurationError
from framework.registry.registry import Registry
from framework.settings.reader import Reader
from framework.text import nearest

if TYPE_CHECKING:
    from framework.settings.settings import Settings

KINDS_OF_TARGETS = ("labels", "values")
NO_METRIC = "metrics: there is none; expected at least one, the last one ranks runs"
_ONLY_FOR = "only_for"


def as_compared(targets: Array, dtype: str) -> Array:
    """Give targets as losses and metrics get them, in training and in evaluation alike.

    Labels become int64, whatever integers they are kept as (differences of unsigned ones wrap
    around, and numpy 2.0 takes no uint64 for an index); values become the network's ``dtype``.
    """
    return targets.astype(np.int64 if targets.ndim == 1 else dtype, copy=False)


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
            problem = f"expected null, labels or values, got {wanted!r}"
            reader.report(f"{path}.{_ONLY_FOR}", problem)
        metric = reader.component(Metric, node, path)
        if wanted is None or loss is None or wanted == loss.targets:
            yield name, metric


def ranking_metric(registry: Registry, nodes: Mapping[str, Any], loss: object) -> Metric:
    """Give the metric that ranks runs, the last that is measured, from the groups' plain nodes.

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


def check_targets(settings: Settings, registry: Registry, data: Data) -> None:
    """See that the loss and every metric take the targets that the data give.

    Raises
    ------
    ConfigurationError : naming the key, what is given, and which components take that.
    """
    given = f"{data.source} gives {data.targets()}"
    kind, loss = data.target_kind, settings.loss
    if loss.targets != kind:
        raise ConfigurationError(
            f"loss: {registry.name_of(loss)} takes {loss.targets}, but {given};"
            f" {nearest('', _that_take(kind, 'loss', registry), among='expected')}"
            f"{data.hint()}"
        )
    for name, metric in settings.metrics.items():
        if metric.targets not in (kind, "any"):
            raise ConfigurationError(
                f"metrics.{name}: {registry.name_of(metric)} takes {metric.targets}, but {given};"
                f" {nearest('', _that_take(kind, 'metric', registry), among='expected')},"
                f" or ~metrics.{name}"
            )


def _that_take(targets: str, kind: str, registry: Registry) -> list[str]:
    """Name the losses or metrics that take a kind of targets."""
    return [
        name
        for name in registry.names(kind)
        if getattr(registry.entry(kind, name).component, "targets", "") in (targets, "any")
    ]
