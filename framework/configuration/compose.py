"""Composing configurations with Hydra: where its YAML comes from, and where runs are put."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hydra.types import RunMode
from omegaconf import DictConfig, open_dict, read_write

from framework.configuration import run_directories
from framework.configuration.choices import groups
from framework.configuration.command_line import CommandLine
from framework.configuration.component_yaml import without_yaml
from framework.configuration.composer import Composer
from framework.configuration.hydra_keys import absolute, directory_of
from framework.configuration.hydra_state import LOCK, hydra_state, settle
from framework.configuration.interpolation import literal
from framework.configuration.override import Override, readable
from framework.configuration.quick_copy import content_of
from framework.configuration.untrusted_overrides import check_overrides
from framework.configuration.workspace import Workspace
from framework.registry.registry import Registry
from framework.registry.search_folders import SearchFolders
from framework.settings.settings import TOP


def prepare(asked: CommandLine | Sequence[str]) -> Workspace:
    """Load all plugins and note where their YAML lies; any configuration can then be composed.

    Raises
    ------
    PluginError : when a module named in an override `plugins=…` cannot be loaded.
    ConfigurationError : when an override is not to be trusted, or blocks no plugin.
    """
    if not isinstance(asked, CommandLine):
        asked = CommandLine(tuple(asked))
    run_directories.working_directory()
    check_overrides(asked.overrides)
    registry = Registry()
    modules = list(_listed("plugins", asked.overrides))
    with LOCK:
        registry.load_installed(list(_listed("blocked", asked.overrides)))
        registry.load_modules(modules)
    registry.folders = SearchFolders(
        before=asked.before,
        plugins=[(str(origin), Path(folder)) for origin, folder in registry.config_dirs],
        behind=asked.behind,
        defaults=without_yaml(registry),
        trusted_modules=modules,
    )
    return Workspace(asked, registry)


def compose_one(workspace: Workspace) -> tuple[DictConfig, Any]:
    """Compose the configuration of a single run.

    Returns
    -------
    cfg : the run's configuration, settled.
    hydra : Hydra's own part, its output directory resolved; its mode may ask for a sweep.
    """
    asked = workspace.asked
    with hydra_state(workspace) as state:
        cfg = _load(workspace.registry.folders, asked.name, asked.overrides)
        state.set_config(cfg)
        hydra = cfg.hydra
        with open_dict(cfg), read_write(hydra):
            hydra.mode = hydra.mode or RunMode.RUN
            if hydra.mode == RunMode.RUN:
                place = absolute(directory_of(cfg, "hydra.run.dir"))
                hydra.runtime.output_dir = literal(str(place))
                del cfg["hydra"]
                settle(cfg)
    return cfg, hydra


def _load(folders: SearchFolders, name: str, overrides: Sequence[str]) -> DictConfig:
    return Composer(folders).load_configuration(name, list(overrides), RunMode.RUN, False)


def plain(cfg: DictConfig) -> dict[str, Any]:
    """Return a composed configuration as dicts and lists, its interpolations resolved."""
    content = content_of(cfg, resolve=True)
    assert isinstance(content, dict)
    return {str(key): node for key, node in content.items()}


def for_its_job(overrides: Sequence[Override], workspace: Workspace) -> list[Override]:
    """Let values that are for a run's own configuration pass the composed one, as `++key=value`."""
    registry = workspace.registry
    chooses = [o.text for o in overrides if o.key == "job" and not o.swept]
    if not chooses:
        return list(overrides)
    with hydra_state(workspace):
        cfg = _load(registry.folders, workspace.asked.name, chooses)
    entry = registry.entries.get(("job", str(cfg.get("job"))))
    if entry is None or not entry.component.changes_a_run:  # type: ignore[attr-defined]
        return list(overrides)
    known = groups(registry)
    of_the_run = {*TOP, "published"}
    return [
        o.forced() if o.path[0] in of_the_run and o.prefix != "~" and o.key not in known else o
        for o in overrides
    ]


def _listed(key: str, overrides: Sequence[str]) -> Iterator[str]:
    """Return what an override `key=[…]` lists."""
    for override in readable(overrides):
        if override.key == key:
            named = override.value
            yield from (str(n) for n in (named if isinstance(named, list) else [named]))
