"""Composing configurations with Hydra: where its YAML comes from, and where runs are put."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_module
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from framework import search_path
from framework.defaults import without_yaml
from framework.errors import ConfigurationError, nearest
from framework.kinds import KINDS
from framework.registry import CONFIG_MODULE, Registry
from framework.search_path import Places
from framework.strangers import check_overrides
from framework.targets import ranking_metric

CONFIG = "config"

reserved: list[Path] = []
"""Directories made for runs and sweeps by this process, newest last."""

chosen: list[Path] = []
"""Directories that users chose for sweeps."""

_FLAGS = {
    "--config-name": "name",
    "-cn": "name",
    "--config-path": "before",
    "-cp": "before",
    "--config-dir": "behind",
    "-cd": "behind",
}


@dataclass(frozen=True)
class Request:
    """What a command line asks Hydra for.

    Attributes
    ----------
    words : overrides, and those of Hydra's flags that are not below.
    name : the primary configuration, `--config-name`.
    before, behind : further folders of YAML, `--config-path` and `--config-dir`.
    """

    words: tuple[str, ...]
    name: str = CONFIG
    before: Path | None = None
    behind: Path | None = None

    @property
    def overrides(self) -> list[str]:
        """The overrides alone."""
        return [word for word in self.words if not word.startswith("-")]


def request(arguments: Sequence[str]) -> Request:
    """Read Hydra's flags that say where YAML comes from.

    Raises
    ------
    ConfigurationError : when a folder is not there, or a flag not to be used.
    """
    found: dict[str, str] = {}
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word in ("-r", "--run"):  # what is done anyway
            continue
        flag, given, text = word.partition("=")
        if flag in _FLAGS:
            found[_FLAGS[flag]] = text if given else next(words, "")
        elif flag.startswith("--co") or flag.startswith("--e"):
            known = [name for name in _FLAGS if name.startswith("--")]
            raise ConfigurationError(f"{flag}: there is no such option; {nearest(flag, known)}")
        else:
            rest.append(word)
    places: dict[str, Path] = {}
    for key in ("before", "behind"):
        if key in found:
            places[key] = Path(found[key]).absolute()
            if not places[key].is_dir():
                raise ConfigurationError(f"{found[key] or key}: there is no such folder of YAML")
    return Request(tuple(rest), found.get("name", CONFIG).removesuffix(".yaml"), **places)


def prepare(asked: Request | Sequence[str]) -> Registry:
    """Load all plugins and tell Hydra of their YAML; what follows can compose any configuration.

    Raises
    ------
    PluginError : when a module named in an override `plugins=…` cannot be loaded.
    ConfigurationError : when an override is not to be trusted, or blocks no plugin.
    """
    if not isinstance(asked, Request):
        asked = Request(tuple(asked))
    check_overrides(asked.overrides)
    registry = Registry()
    registry.load_installed(list(_listed("blocked", asked.overrides)))
    registry.load_modules(_listed("plugins", asked.overrides))
    Places.before, Places.behind = asked.before, asked.behind
    Places.plugins = [(str(origin), Path(folder)) for origin, folder in registry.config_dirs]
    Places.defaults = without_yaml(registry)
    search_path.register()
    OmegaConf.register_new_resolver("score_direction", partial(_direction, registry), replace=True)
    return registry


def compose_one(asked: Request | Sequence[str]) -> tuple[DictConfig, Any]:
    """Compose the configuration of a single run.

    Returns
    -------
    cfg : the run's configuration.
    hydra : Hydra's own part, its output directory resolved; its mode may ask for a sweep.
    """
    if not isinstance(asked, Request):
        asked = Request(tuple(asked))
    with initialize_config_module(CONFIG_MODULE, version_base="1.3"):
        cfg = compose(asked.name, asked.overrides, return_hydra_config=True)
    HydraConfig.instance().set_config(cfg)
    hydra = cfg.hydra
    with open_dict(cfg), read_write(hydra):
        hydra.mode = hydra.mode or RunMode.RUN
        hydra.runtime.output_dir = str(Path(hydra.run.dir).absolute())
        del cfg["hydra"]
    return cfg, hydra


def compose_job(overrides: Sequence[str], name: str) -> DictConfig:
    """Compose the configuration of a sweep's job, without Hydra's own part."""
    check_overrides(list(overrides))
    running = GlobalHydra.instance()
    outer, running.hydra = running.hydra, None  # the Hydra that runs the sweep stands aside
    try:
        with initialize_config_module(CONFIG_MODULE, version_base="1.3"):
            return compose(name, list(overrides))
    finally:
        running.hydra = outer


@contextlib.contextmanager
def loader() -> Iterator[ConfigLoader]:
    """Give Hydra's loader, with every place it would search."""
    if GlobalHydra.instance().is_initialized():  # within a job of a sweep
        yield GlobalHydra.instance().config_loader()
        return
    with initialize_config_module(CONFIG_MODULE, version_base="1.3"):
        yield GlobalHydra.instance().config_loader()


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
    """List the config groups and their choices, wherever they come from."""
    found: dict[str, set[str]] = {}
    folders = [folder for _, folder in registry.yaml()]
    folders += [folder for folder in (Places.before, Places.behind) if folder is not None]
    choices = [path.relative_to(root) for root in folders for path in root.rglob("*.yaml")]
    choices += [Path(f"{choice}.yaml") for choice in Places.defaults]
    for choice in (path.with_suffix("") for path in choices):
        for group in choice.parents:
            found.setdefault(group.as_posix(), set()).add(choice.relative_to(group).as_posix())
    found.pop(".", None)
    return found


def nested_choices(registry: Registry) -> dict[str, set[str]]:
    """List the choices that lie in folders below their group and in no group of their own."""
    own = {kind.group for kind in KINDS}
    return {
        group: nested
        for group, choices in groups(registry).items()
        if (
            nested := {
                c for c in choices if "/" in c and f"{group}/{c.partition('/')[0]}" not in own
            }
        )
    }


def hydra_groups() -> dict[str, set[str]]:
    """List Hydra's own config groups and their choices."""
    found: dict[str, set[str]] = {}
    with loader() as hydra:
        names = [f"hydra/{name}" for name in hydra.list_groups("hydra")]
        while names:
            name = names.pop()
            found[name] = set(hydra.get_group_options(name))
            names += [f"{name}/{inner}" for inner in hydra.list_groups(name)]
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


def _direction(registry: Registry, metrics: DictConfig, _root_: DictConfig) -> str:
    """Say which way the metric that ranks runs, the last that is measured, is better."""
    last = ranking_metric(registry, plain(metrics), OmegaConf.to_container(_root_.loss))
    return "maximize" if last.higher_is_better else "minimize"


def _listed(key: str, overrides: Sequence[str]) -> Iterator[str]:
    """Give what an override `key=[…]` lists."""
    parser = OverridesParser.create()
    for text in overrides:
        if text.lstrip("+").split("=")[0] != key:
            continue
        try:
            named = parser.parse_override(text).value()
        except HydraException:  # Hydra says so itself when it composes
            continue
        yield from (str(n) for n in (named if isinstance(named, list) else [named]))


# At import, so that a process which only runs one job of a sweep has it too.
OmegaConf.register_new_resolver("new_directory", reserve, use_cache=True, replace=True)
OmegaConf.register_new_resolver("sweep_directory", sweep_directory, use_cache=True, replace=True)
