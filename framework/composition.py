"""Composing configurations with Hydra: where its YAML comes from, and where runs are put."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator, Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_module
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from hydra.plugins.search_path_plugin import SearchPathPlugin
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from framework.errors import ConfigurationError, nearest
from framework.registry import Registry

CONFIG = "config"
CONFIG_MODULE = "framework.conf"

reserved: list[Path] = []
"""Directories made for runs and sweeps by this process, newest last."""

chosen: list[Path] = []
"""Directories that users chose for sweeps."""


class PluginsYaml(SearchPathPlugin):
    """Adds the plugins' folders of YAML to Hydra's search path."""

    folders: tuple[tuple[str, str], ...] = ()

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Append them behind the framework's own."""
        for provider, folder in self.folders:
            search_path.append(provider=provider, path=folder)


def prepare(overrides: Sequence[str]) -> Registry:
    """Load all plugins and tell Hydra of their YAML; what follows can compose any configuration.

    Raises
    ------
    PluginError : when a module named in an override `plugins=…` cannot be loaded.
    """
    registry = Registry()
    registry.load_installed()
    registry.load_modules(_named_plugins(overrides))
    PluginsYaml.folders = tuple((str(origin), folder) for origin, folder in registry.config_dirs)
    Plugins.instance().register(PluginsYaml)
    OmegaConf.register_new_resolver("score_direction", partial(_direction, registry), replace=True)
    return registry


def compose_one(overrides: Sequence[str]) -> tuple[DictConfig, Any]:
    """Compose the configuration of a single run.

    Returns
    -------
    cfg : the run's configuration.
    hydra : Hydra's own part, its output directory resolved.
    """
    with initialize_config_module(CONFIG_MODULE, version_base="1.3"):
        cfg = compose(CONFIG, list(overrides), return_hydra_config=True)
    HydraConfig.instance().set_config(cfg)
    hydra = cfg.hydra
    with open_dict(cfg), read_write(hydra):
        hydra.mode = RunMode.RUN
        hydra.runtime.output_dir = str(Path(hydra.run.dir).absolute())
        del cfg["hydra"]
    return cfg, hydra


def compose_job(overrides: Sequence[str]) -> DictConfig:
    """Compose the configuration of a sweep's job, without Hydra's own part."""
    running = GlobalHydra.instance()
    outer, running.hydra = running.hydra, None  # the Hydra that runs the sweep stands aside
    try:
        with initialize_config_module(CONFIG_MODULE, version_base="1.3"):
            return compose(CONFIG, list(overrides))
    finally:
        running.hydra = outer


def plain(cfg: DictConfig) -> dict[str, Any]:
    """Give a composed configuration as dicts and lists, its interpolations resolved."""
    found = OmegaConf.to_container(cfg, resolve=True)
    assert isinstance(found, dict)
    return {str(key): node for key, node in found.items()}


def reserve(path: str) -> str:
    """Make a directory that nobody else has; two runs never share one.

    The path itself if it is new, else the path with `_1`, `_2`, … behind it.
    """
    for number in itertools.count():
        found = Path(f"{path}_{number}" if number else path)
        try:
            found.mkdir(parents=True)
        except FileExistsError:
            if not found.is_dir():
                raise
            continue
        except FileNotFoundError:  # another process took an empty parent back meanwhile
            found.mkdir(parents=True)
        reserved.append(found)
        break
    return str(reserved[-1])


def sweep_directory(path: str) -> str:
    """Note the directory that a user chose for a sweep."""
    chosen.append(Path(path))
    return path


def release() -> None:
    """Take back the reserved directories that nothing was written to."""
    while reserved:
        path = reserved.pop()
        with contextlib.suppress(OSError):  # not empty: it stays
            for job in path.glob("*/"):
                job.rmdir()
            os.removedirs(path)


def groups(registry: Registry) -> dict[str, set[str]]:
    """List the config groups and their choices, the plugins' included."""
    found: dict[str, set[str]] = {}
    folders = [f"pkg://{CONFIG_MODULE}", *(folder for _, folder in registry.config_dirs)]
    for root in map(_folder, folders):
        for path in root.rglob("*.yaml"):
            choice = path.relative_to(root).with_suffix("")
            for group in choice.parents:
                found.setdefault(group.as_posix(), set()).add(choice.relative_to(group).as_posix())
    found.pop(".", None)
    return found


def expand_globs(arguments: Sequence[str], registry: Registry) -> list[str]:
    """Write a sweep over `group=glob(pattern)` out as the choices it matches.

    Hydra's own glob sees a group's files but not those in folders below it, so that
    `experiment=glob(reference/*)` would match nothing, silently.

    Raises
    ------
    ConfigurationError : when a pattern matches no choice.
    """
    if not any("glob(" in argument for argument in arguments):
        return list(arguments)
    parser, known = OverridesParser.create(), groups(registry)
    expanded = []
    for argument in arguments:
        if "glob(" not in argument:
            expanded.append(argument)
            continue
        override = parser.parse_override(argument)
        glob: object = override.value()
        if not isinstance(glob, Glob):
            expanded.append(argument)
            continue
        depths = {pattern.count("/") for pattern in glob.include}
        choices = known.get(override.key_or_group, set())
        names = glob.filter(sorted(name for name in choices if name.count("/") in depths))
        if not names:
            raise ConfigurationError(f"{argument}: matches nothing; {nearest('', choices)}")
        expanded.append(f"{argument.partition('=')[0]}={','.join(names)}")
    return expanded


def _direction(registry: Registry, metrics: DictConfig) -> str:
    """Say which way the metric that ranks runs, the last one, is better."""
    *_, last = metrics.values()
    component: Any = registry.entry("metric", str(last.name)).component
    return "maximize" if component.higher_is_better else "minimize"


def _folder(path: str) -> Path:
    scheme, _, rest = path.partition("://")
    return Path(str(files(rest.replace("/", ".")))) if scheme == "pkg" else Path(rest)


def _named_plugins(overrides: Sequence[str]) -> Iterator[str]:
    parser = OverridesParser.create()
    for text in overrides:
        if text.lstrip("+").split("=")[0] != "plugins":
            continue
        try:
            named = parser.parse_override(text).value()
        except HydraException:  # Hydra says so itself when it composes
            continue
        yield from (str(n) for n in (named if isinstance(named, list) else [named]))


# At import, so that a process which only runs one job of a sweep has it too.
OmegaConf.register_new_resolver("new_directory", reserve, use_cache=True, replace=True)
OmegaConf.register_new_resolver("sweep_directory", sweep_directory, use_cache=True, replace=True)
