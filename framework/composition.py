"""Composing configurations with Hydra: where its YAML comes from, and where runs are put."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from framework.composer import Composer
from framework.defaults import without_yaml
from framework.errors import ConfigurationError, nearest
from framework.hydra_state import LOCK, hydra_state, settle
from framework.kinds import KINDS
from framework.pasted import check_overrides
from framework.registry import Registry
from framework.search_folders import SearchFolders
from framework.targets import ranking_metric

CONFIG = "config"

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
    """Load all plugins and note where their YAML lies; any configuration can then be composed.

    Raises
    ------
    PluginError : when a module named in an override `plugins=…` cannot be loaded.
    ConfigurationError : when an override is not to be trusted, or blocks no plugin.
    """
    if not isinstance(asked, Request):
        asked = Request(tuple(asked))
    check_overrides(asked.overrides)
    registry = Registry()
    modules = list(_listed("plugins", asked.overrides))
    with LOCK:
        registry.load_installed(list(_listed("blocked", asked.overrides)))
        registry.load_modules(modules)
        score = partial(_direction, registry)
        OmegaConf.register_new_resolver("score_direction", score, replace=True)
    registry.folders = SearchFolders(
        before=asked.before,
        plugins=[(str(origin), Path(folder)) for origin, folder in registry.config_dirs],
        behind=asked.behind,
        defaults=without_yaml(registry),
        trusted_modules=modules,
    )
    return registry


def compose_one(asked: Request | Sequence[str], registry: Registry) -> tuple[DictConfig, Any]:
    """Compose the configuration of a single run.

    Returns
    -------
    cfg : the run's configuration, settled.
    hydra : Hydra's own part, its output directory resolved; its mode may ask for a sweep.
    """
    if not isinstance(asked, Request):
        asked = Request(tuple(asked))
    with hydra_state() as state:
        cfg = _load(registry.folders, asked.name, asked.overrides)
        state.set_config(cfg)
        hydra = cfg.hydra
        with open_dict(cfg), read_write(hydra):
            hydra.mode = hydra.mode or RunMode.RUN
            if hydra.mode == RunMode.RUN:
                hydra.runtime.output_dir = str(Path(hydra.run.dir).absolute())
                del cfg["hydra"]
                settle(cfg)
    return cfg, hydra


def compose_job(overrides: Sequence[str], name: str, folders: SearchFolders) -> DictConfig:
    """Compose the configuration of a sweep's job, without Hydra's own part."""
    with hydra_state():
        cfg = _load(folders, name, overrides)
    with open_dict(cfg):
        del cfg["hydra"]
    return cfg


def _load(folders: SearchFolders, name: str, overrides: Sequence[str]) -> DictConfig:
    return Composer(folders).load_configuration(name, list(overrides), RunMode.RUN, False)


def plain(cfg: DictConfig) -> dict[str, Any]:
    """Give a composed configuration as dicts and lists, its interpolations resolved."""
    found = OmegaConf.to_container(cfg, resolve=True)
    assert isinstance(found, dict)
    return {str(key): node for key, node in found.items()}


def groups(registry: Registry) -> dict[str, set[str]]:
    """List the config groups and their choices, wherever they come from."""
    found: dict[str, set[str]] = {}
    folders = [folder for _, folder in registry.yaml()]
    folders += registry.folders.added()
    choices = [path.relative_to(root) for root in folders for path in root.rglob("*.yaml")]
    choices += [Path(f"{choice}.yaml") for choice in registry.folders.defaults]
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


def hydra_groups(registry: Registry) -> dict[str, set[str]]:
    """List Hydra's own config groups and their choices."""
    found: dict[str, set[str]] = {}
    with hydra_state():
        hydra = Composer(registry.folders)
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
