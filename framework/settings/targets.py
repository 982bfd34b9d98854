"""Whether data, loss and metrics mean the same by the targets: labels or values."""

from __future__ import annotations

from framework.components.dataset import Data
from framework.errors import ConfigurationError
from framework.registry.registry import Registry
from framework.settings.settings import RunSettings
from framework.text import nearest


def check_targets(settings: RunSettings, registry: Registry, data: Data) -> None:
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
    """Return the losses or metrics that take a kind of targets."""
    return [
        name
        for name in registry.names(kind)
        if getattr(registry.entry(kind, name).component, "targets", "") in (targets, "any")
    ]
