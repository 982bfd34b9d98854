"""Whether data, loss and metrics mean the same by targets and outputs, and how many outputs."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace

from framework.components.dataset import Data
from framework.components.loss import Loss
from framework.components.metric import Metric
from framework.errors import ConfigurationError, PluginError
from framework.registry.registry import Registry
from framework.settings.settings import RunSettings
from framework.text import nearest
from framework.training.measured import Measured, makes_probabilities

_NAME = re.compile(r"[\w.-]+")  # of a figure: it is a column of a file, and a picture's name


def read_as_sets(settings: RunSettings, data: Data) -> Data:
    """Return the data with values of 0 and 1 as sets of classes, where the loss takes sets."""
    wanted = settings.loss.targets == "sets" and data.target_kind == "values"
    return replace(data, sets=True) if wanted else data


def check_targets(settings: RunSettings, registry: Registry, data: Data) -> int:
    """See that the loss and every metric take the targets that the data give.

    Returns
    -------
    how many outputs the loss needs.

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
        if not _takes(metric, kind):
            raise ConfigurationError(
                f"metrics.{name}: {registry.name_of(metric)} takes {_words(metric)}, but {given};"
                f" {nearest('', _that_take(kind, 'metric', registry), among='expected')},"
                f" or ~metrics.{name}"
            )
    outputs = _outputs(loss, registry, data)
    for name, metric in settings.metrics.items():
        problem = _not_to_be_had(metric, registry, loss, outputs, data)
        if problem:
            raise ConfigurationError(f"metrics.{name}: {registry.name_of(metric)} {problem}")
    _check_names(settings, outputs, data)
    return outputs


def _outputs(loss: Loss, registry: Registry, data: Data) -> int:
    try:
        outputs = loss.outputs(data)
    except ValueError as error:
        raise ConfigurationError(f"loss: {registry.name_of(loss)}: {error}") from error
    if not isinstance(outputs, int) or outputs < 1:
        raise PluginError(
            f"loss: {registry.name_of(loss)} asks for {outputs!r} outputs; expected an integer of"
            " at least 1"
        )
    return outputs


def _not_to_be_had(metric: Metric, registry: Registry, loss: Loss, outputs: int, data: Data) -> str:
    """Return that a metric is not given what it takes; '' when it is."""
    own = registry.name_of(loss)
    if metric.takes not in (None, "outputs", "probabilities", "decisions"):
        return f"takes {metric.takes!r}; expected outputs, probabilities or decisions"
    if metric.takes == "probabilities" and not makes_probabilities(loss, outputs):
        return f"takes probabilities, and the loss {own} makes none of outputs; expected another"
    if metric.takes is None and metric.targets != "any" and outputs != data.outputs:
        what = "columns" if data.target_kind == "values" else "classes"
        return (
            f"compares one output for each of {data.outputs} {what}, but the loss {own} has"
            f" {outputs}; expected one whose class says what it takes: decisions, probabilities, or"
            " outputs of any number"
        )
    return ""


def _check_names(settings: RunSettings, outputs: int, data: Data) -> None:
    """See that figures have names of their own, that a file can have."""
    seen: dict[str, str] = {}
    for measured in Measured.of(settings.metrics, outputs, data.outputs):
        for name in measured.figures:
            if name in seen:
                raise ConfigurationError(
                    f"metrics.{measured.name}: its figure '{name}' is also one of"
                    f" metrics.{seen[name]}; expected another key for one of them"
                )
            if not _NAME.fullmatch(name):
                raise ConfigurationError(
                    f"metrics.{measured.name}: a figure is called {name!r}; expected letters,"
                    " digits, '_', '-' and '.'"
                )
            seen[name] = measured.name


def _takes(component: object, kind: str) -> bool:
    """Return whether a loss, a metric or the class of one takes a kind of targets."""
    targets = getattr(component, "targets", "")
    return targets == "any" or kind in ((targets,) if isinstance(targets, str) else targets)


def _words(metric: Metric) -> str:
    targets = metric.targets
    return targets if isinstance(targets, str) else " or ".join(targets)


def _that_take(targets: str, kind: str, registry: Registry) -> list[str]:
    """Return the losses or metrics that take a kind of targets."""
    names = []
    for name in registry.names(kind):
        with contextlib.suppress(PluginError):  # of one that is broken, and not asked for
            if _takes(registry.entry(kind, name).component, targets):
                names.append(name)
    return names
