"""Training from Python: what `framework.train` and `fit` were given, composed and trained.

`api.py` imports this file when it is called: a program that only loads a network needs no Hydra.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from framework.components.dataset import DatasetOfArrays
from framework.configuration import choices, compose, hydra_keys
from framework.configuration.messages import user_message
from framework.configuration.override import Override, parse
from framework.configuration.python_overrides import checked
from framework.configuration.python_values import python_values
from framework.configuration.quoting import assignment
from framework.configuration.value_sources import COMMAND_LINE
from framework.errors import ConfigurationError, FrameworkError
from framework.registry.plugin_errors import naming_the_plugin
from framework.registry.registry import Registry
from framework.runs.given_network import given_network
from framework.runs.run import Run
from framework.runs.runner import train as train_settings
from framework.settings.settings import read_settings
from framework.sweeps.perform import configured, records_of
from framework.training.threads import available_cores


def composed(
    overrides: Sequence[object],
    directory: Path | None,
    settings: Mapping[str, Any],
    function: str,
    arrays: Mapping[str, Any] | None,
) -> Run:
    """Compose a configuration of what `framework.train` or `fit` was given, train, return the run.

    Parameters
    ----------
    directory : where to put the run; None for a new one.
    settings : the keywords.
    function : what was called, for messages.
    arrays : those given to `fit`, by name.

    Raises
    ------
    FrameworkError : one line saying what was wrong.
    Interrupted : when a signal ended the run.
    """
    settings, network = given_network(settings)
    values = python_values(settings)
    given = [*checked(overrides, function), *values.overrides]
    values.check(parse(given))
    for override in parse(given):
        if override.swept or override.key == "job":
            does = "trains once" if override.swept else "trains"
            raise ConfigurationError(
                f"{override.text}: framework.{function} {does}; for more there is the command line"
            )
    if directory is not None:
        given.append(assignment("hydra.run.dir", str(directory)))
    workspace = compose.prepare(given)
    registry = workspace.registry
    for report in registry.reports():
        logging.getLogger("framework").warning(report)
    try:
        if arrays is not None:
            given = [*_of_arrays(registry, parse(given)), *given]
        given = choices.named_choices(given, registry)
        hydra_keys.check_single(parse(given))
        cfg, hydra = compose.compose_one(workspace.with_overrides(given))
        hydra_keys.check_library(hydra)
        values.put_into(cfg, registry)
        configuration = configured(cfg, registry)
        with naming_the_plugin(registry):
            read = read_settings(configuration, registry)
        read = replace(read, given=arrays, initial_network=network)
        output, records = Path(hydra.runtime.output_dir), records_of(cfg, hydra)
        return train_settings(read, registry, output, records, cores=available_cores())
    except Exception as error:
        line = user_message(error, registry, given)
        if line is None or isinstance(error, FrameworkError):
            raise
        raise ConfigurationError(line.removesuffix(COMMAND_LINE)) from error
    finally:
        workspace.directories.release()


def _of_arrays(registry: Registry, given: Sequence[Override]) -> list[str]:
    """Return the choice of the dataset that is made of arrays, unless one is chosen."""
    if any(override.key == "data" for override in given):
        return []
    for name in registry.names("dataset"):
        if issubclass(registry.entry("dataset", name).component, DatasetOfArrays):
            return [f"data={name}"]
    raise ConfigurationError("data: no plugin brings a dataset of arrays")
