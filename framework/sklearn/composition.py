"""From an estimator's parameters to checked settings, composed as those of a run are."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from framework.configuration import choices, compose
from framework.configuration.messages import user_message
from framework.configuration.override import parse
from framework.configuration.python_values import python_values
from framework.errors import ConfigurationError, FrameworkError
from framework.registry.plugin_errors import naming_the_plugin
from framework.registry.registry import Registry
from framework.settings.settings import RunSettings, read_settings
from framework.sweeps.perform import configured

_OWN = {  # keys that an estimator decides, and the parameter that does
    "seed": "random_state",
    "dtype": "the dtype of X",
    "trainer.epochs": "epochs",
    "trainer.batch_size": "batch_size",
    "trainer.class_weight": "class_weight, or sample_weight",
}
_NONE = ("job", "data", "callbacks", "checkpoint", "hydra", "trainer.resume", "published")
_KEPT = 64


@dataclass(frozen=True)
class Composed:
    """Settings, and the plugins that brought their components."""

    settings: RunSettings
    registry: Registry


_kept: OrderedDict[Any, Composed] = OrderedDict()
_lock = Lock()


def composed(
    experiment: str, parameters: Mapping[str, Any], overrides: Sequence[str] = ()
) -> Composed:
    """Return the settings that keywords and overrides give on top of an experiment.

    Composing takes far longer than the training of a small network, and cross-validation asks for
    the same again and again: the last ones are kept.

    Parameters
    ----------
    experiment : a choice of the group `experiment`.
    parameters : as the keywords of `framework.train`.
    overrides : as on the command line.

    Raises
    ------
    ConfigurationError : one line saying what was wrong.
    """
    if isinstance(overrides, str) or not all(isinstance(text, str) for text in overrides):
        raise ConfigurationError(f"overrides: expected a list of overrides, got {overrides!r}")
    key = (str(Path.cwd()), experiment, _frozen(parameters), tuple(overrides))
    try:
        hash(key)
    except TypeError:
        return _compose(experiment, parameters, overrides)
    with _lock:
        if key not in _kept:
            _kept[key] = _compose(experiment, parameters, overrides)
        _kept.move_to_end(key)
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
        return _kept[key]


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple((name, _frozen(part)) for name, part in value.items())
    if isinstance(value, list | tuple):
        return tuple(_frozen(part) for part in value)
    return (type(value), value)


def _compose(experiment: str, parameters: Mapping[str, Any], overrides: Sequence[str]) -> Composed:
    values = python_values(parameters)
    _check(overrides)
    given = [f"experiment={experiment}", "hydra.run.dir=.", *values.overrides, *overrides]
    values.check(parse([*values.overrides, *overrides]))
    workspace = compose.prepare(given)
    registry = workspace.registry
    try:
        named = choices.named_choices(given, registry)
        cfg, _ = compose.compose_one(workspace.with_overrides(named))
        values.put_into(cfg, registry)
        configuration = configured(cfg, registry)
        with naming_the_plugin(registry):
            return Composed(read_settings(configuration, registry), registry)
    except Exception as error:
        line = user_message(error, registry, given)
        if line is None or isinstance(error, FrameworkError):
            raise
        raise ConfigurationError(line) from error
    finally:
        workspace.directories.release()


def _check(overrides: Sequence[str]) -> None:
    """Refuse overrides of what an estimator decides, or has not."""
    for override in parse(list(overrides)):
        if override.swept:
            raise ConfigurationError(f"{override.text}: an estimator trains once; expected a value")
        if override.key in _OWN:
            raise ConfigurationError(f"{override.text}: an estimator takes {_OWN[override.key]}")
        if override.key.startswith(_NONE) and not override.key.startswith("data.transforms"):
            raise ConfigurationError(
                f"{override.text}: an estimator has no {override.key.partition('.')[0]};"
                " framework.fit has"
            )
