"""A run's directory read again: the settings it was trained with, and its data."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from pathlib import Path

from framework.components.dataset import Data
from framework.configuration.override import parse, readable
from framework.configuration.quoting import assigned, pasted
from framework.errors import ConfigurationError, PluginError, RunError
from framework.registry.plugin_errors import naming_the_plugin
from framework.registry.registry import Registry
from framework.runs import saved_config
from framework.runs.builder import load_data
from framework.runs.changed_data import difference
from framework.runs.checkpoint_file import read_about
from framework.runs.choose_checkpoint import checkpoints, missing_components
from framework.settings.settings import TOP, RunSettings, read_settings

log = logging.getLogger("framework")


def reopen(
    directory: Path,
    registry: Registry,
    overrides: Sequence[str] = (),
    *,
    may_change: Collection[str] = (),
) -> RunSettings:
    """Return the settings a run was trained with, its directory untouched: for jobs.

    Parameters
    ----------
    overrides : of the command line; those that are about no part of a run are the job's own.
    may_change : the parts of the run's configuration that they may change, such as ``data``.

    Raises
    ------
    FrameworkError : one line saying what was wrong.
    """
    changes = [o for o in parse(overrides) if o.path[0] in (*TOP, "published", "plugins")]
    for override in changes:
        if override.path[0] not in (*may_change, "plugins"):
            given, only = override.text.lstrip("+"), " and ".join(may_change)
            raise ConfigurationError(
                f"{given}: is about how the run was trained"
                f"; {f'expected changes of {only} alone' if only else 'that cannot be changed'}"
            )
    return saved_settings(registry, directory, [o.text for o in changes])[0]


def load_data_of(settings: RunSettings, directory: Path, registry: Registry) -> Data:
    """Load the data a run was trained on; a line in the log says when they are others by now.

    Raises
    ------
    DataError : when they are not as they must be.
    """
    with naming_the_plugin(registry):
        data = load_data(settings)
    for path in checkpoints(directory)[:1]:
        try:
            changed = difference(read_about(path).get("data"), data)
        except RunError as error:
            changed = str(error)
        if changed is not None:
            log.warning("%s: not what the run was trained on: %s", data.source, changed)
    return data


def saved_settings(
    registry: Registry, directory: Path, overrides: Sequence[str]
) -> tuple[RunSettings, dict[str, str]]:
    """Return the settings in a run's directory with some values changed, and its new records.

    Raises
    ------
    FrameworkError : one line saying what was wrong; modules that only the directory names are not
        loaded.
    """
    if not (directory / saved_config.CONFIG).is_file():
        raise RunError(
            f"{directory}: holds no run; expected a directory with {saved_config.CONFIG} (run)"
        )
    configuration, records = saved_config.resumed(directory, overrides)
    try:
        plugins = configuration.get("plugins") or []
        if not (isinstance(plugins, list) and all(isinstance(name, str) for name in plugins)):
            raise ConfigurationError(f"plugins: expected a list of module names, got {plugins!r}")
        if plugins and not any(o.key == "plugins" for o in readable(overrides)):
            listed = pasted(assigned("plugins", plugins))
            raise PluginError(f"{directory}: names {listed}; to load what it names, add {listed}")
        registry.load_modules(plugins)
        return read_settings(configuration, registry), records
    except ConfigurationError as error:
        missing = missing_components(directory, registry)
        if missing:
            raise PluginError(f"{directory}: {'; '.join(missing)}") from error
        raise
