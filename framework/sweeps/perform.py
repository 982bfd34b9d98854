"""Performing a job: from a composed configuration to the component that does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from hydra.types import RunMode
from omegaconf import DictConfig

from framework.components.job import Invocation, Job
from framework.configuration.compose import plain
from framework.configuration.hydra_keys import task_overrides
from framework.configuration.quick_copy import content_of
from framework.configuration.yaml_text import yaml_text
from framework.errors import ConfigurationError
from framework.registry.plugin_errors import naming_the_plugin
from framework.registry.registry import Registry
from framework.settings.reader import Reader
from framework.training.threads import available_cores


def perform(cfg: DictConfig, hydra: DictConfig, registry: Registry) -> float | None:
    """Run the job that a composed configuration names.

    Parameters
    ----------
    cfg : the composed configuration.
    hydra : Hydra's own part of it.

    Raises
    ------
    FrameworkError : when configuration, data or files are not as they must be.
    """
    with naming_the_plugin(registry):
        return _perform(cfg, hydra, registry)


def _perform(cfg: DictConfig, hydra: DictConfig, registry: Registry) -> float | None:
    job, of_the_run = _split(configured(cfg, registry), registry)
    directory = Path(hydra.runtime.output_dir)
    cores = 1 if hydra.mode == RunMode.MULTIRUN else available_cores()
    records, given = records_of(cfg, hydra), tuple(task_overrides(hydra))
    return job.run(Invocation(of_the_run, registry, directory, cores, records, given))


def configured(cfg: DictConfig, registry: Registry) -> dict[str, Any]:
    """Return a composed configuration as plain values, the modules it lists in `plugins` loaded.

    Raises
    ------
    FrameworkError : when one of them cannot be loaded.
    """
    configuration = plain(cfg)
    registry.load_modules(_names(configuration, "plugins"))
    registry.block(_names(configuration, "blocked"))
    return configuration


def _names(configuration: Mapping[str, Any], key: str) -> list[str]:
    names = configuration.get(key) or []
    if not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
        raise ConfigurationError(f"{key}: expected a list of names, got {names!r}")
    return names


def records_of(cfg: DictConfig, hydra: DictConfig) -> dict[str, str]:
    """Return the files that a run keeps in `.hydra/`: the files Hydra itself would write."""
    of_hydra = content_of(hydra, enum_to_str=True)
    assert isinstance(of_hydra, dict)
    without_help = {str(k): v for k, v in of_hydra.items() if k not in ("help", "hydra_help")}
    return {
        "config.yaml": yaml_text(cfg),
        "hydra.yaml": yaml_text({"hydra": without_help}),
        "overrides.yaml": yaml_text(hydra.overrides.task),
    }


def _split(configuration: Mapping[str, Any], registry: Registry) -> tuple[Job, Mapping[str, Any]]:
    """Take the job's fields out of the configuration; the rest is the run's."""
    reader = Reader(registry)
    name = configuration.get("job")
    if not isinstance(name, str):
        raise ConfigurationError(f"job: expected the name of a job, got {name!r}")
    component = registry.entry("job", name).component
    own = {f.name for f in fields(component)}
    given = {k: v for k, v in configuration.items() if k in own}
    job = reader.fields(component, given, "", f"job '{name}'")
    reader.finish()
    assert isinstance(job, Job)
    return job, {k: v for k, v in configuration.items() if k not in own}
