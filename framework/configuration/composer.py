"""Hydra's loader, which checks every file it reads and every whole it composes.

Composing merges containers and runs nothing. Hydra acts on its own part afterwards: it imports
launchers, sweepers and callbacks, builds loggers, sets variables. So what it composed is looked at
in between, wherever that happens: here, in a sweep, in the process that runs one job of a sweep.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from hydra._internal.config_repository import IConfigRepository
from hydra._internal.utils import create_config_search_path
from hydra.core.config_search_path import SearchPathQuery
from hydra.core.default_element import ResultDefault
from hydra.core.override_parser.types import Override, OverrideType
from hydra.plugins.config_source import ConfigResult
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from framework.components.kinds import KINDS
from framework.configuration.interpolation import check_expansion
from framework.configuration.quick_copy import content_of
from framework.configuration.replacing import allow_beside, make_room
from framework.configuration.repository import Repository
from framework.configuration.search_path import COMMAND_LINE
from framework.configuration.sharing_loader import SharingLoader
from framework.configuration.untrusted import check_placed
from framework.configuration.untrusted_overrides import CLOSED, check_overrides, names_object
from framework.errors import ConfigurationError
from framework.process.caller import for_caller
from framework.registry.registry import CONFIG_MODULE
from framework.registry.search_folders import SearchFolders

_CHANGING = ("hydra.launcher", "hydra.sweeper")


class Composer(SharingLoader):
    """Composes configurations of the framework's, its plugins' and the user's YAML.

    Parameters
    ----------
    folders : where choices lie.
    """

    def __init__(self, folders: SearchFolders) -> None:
        self.folders = folders
        self.config_search_path = create_config_search_path(f"pkg://{CONFIG_MODULE}")
        for brings, folder in folders.plugins:
            schemas = SearchPathQuery(provider="schema")
            self.config_search_path.prepend(brings, f"file://{folder}", schemas)
        self.repository = Repository(self.config_search_path, folders)
        super().__init__()

    def load_configuration(
        self,
        config_name: str | None,
        overrides: list[str],
        run_mode: RunMode,
        from_shell: bool = True,
        validate_sweep_overrides: bool = True,
    ) -> DictConfig:
        """Compose a configuration.

        Raises
        ------
        ConfigurationError : when Hydra would run what nobody trusted says.
        """
        check_overrides(overrides)
        cfg = super().load_configuration(
            config_name, overrides, run_mode, from_shell, validate_sweep_overrides
        )
        self._check_whole(cfg, overrides)
        return cfg

    def prepare_values(self, cfg: DictConfig, values: Sequence[Override]) -> None:
        """Make room for components that take another's place, and for what stands beside them."""
        own = [o for o in values if o.type == OverrideType.CHANGE and o.package is None]
        own = [o for o in own if not (o.is_hydra_override() or o.is_sweep_override())]
        make_room(cfg, [(o.key_or_group, o.value()) for o in own], self._fields)
        allow_beside(cfg, [o.key_or_group for o in own])

    def _fields(self, key: str, known: str, name: str) -> dict[str, Any]:
        """Return what the choice of a component's name says of its fields; nothing without one.

        Its group is that of the key, or the one that has both names.
        """
        for group in (key.replace(".", "/"), *(kind.group for kind in KINDS)):
            if all(self._choice(group, component) for component in (known, name)):
                return self._choice(group, name)
        return {}

    def _choice(self, group: str, name: str) -> dict[str, Any]:
        result = self.repository.load_config(f"{group}/{name}")
        if result is None or result.provider == COMMAND_LINE:
            return {}
        content = content_of(result.config)
        named = isinstance(content, dict) and content.get("name") == name
        return content if named and "defaults" not in content else {}

    def _load_single_config(self, default: ResultDefault, repo: IConfigRepository) -> ConfigResult:
        result = super()._load_single_config(default, repo)
        path, package = str(default.config_path), default.package or ""
        if result.provider == COMMAND_LINE:
            file = self.repository.file(path)
            named = bool(self.folders.trusted_modules)
            check_placed(result.config, package, file, modules_are_named=named)
        elif package.split(".")[0] == "hydra" and not result.header["package"]:
            group = path.rpartition("/")[0].replace("/", ".")
            if package != group and path != "hydra/config":
                raise ConfigurationError(f"{path}@{package}: nothing can be put below hydra")
        return result

    def _compose_config_from_defaults_list(
        self, defaults: list[ResultDefault], repo: IConfigRepository
    ) -> DictConfig:
        trusted = [default for default in defaults if not _is_users(default, repo)]
        if len(trusted) == len(defaults):
            cfg = super()._compose_config_from_defaults_list(defaults, repo)
            self.noted = _parts_of(cfg)
            return cfg
        self.noted = _parts_of(super()._compose_config_from_defaults_list(trusted, repo))
        return super()._compose_config_from_defaults_list(defaults, repo)

    def _check_whole(self, cfg: DictConfig, overrides: Sequence[str]) -> None:
        """Compare what was composed with what trusted files alone say."""
        reaching = tuple(text for text in overrides if "hydra" in text or "${" in text)
        checked = self.base.checked if self.base is not None else set()
        if any(self.folders.added()):
            check_expansion(content_of(cfg))
            checked = set()
        if not all(text.lstrip("+~").startswith("hydra") for text in reaching):
            checked = set()  # another key may name a part of Hydra's, and lead there
        if reaching not in checked:
            self._check_hydra(cfg)
            checked.add(reaching)  # no other value reaches Hydra's part
        own = {*self.folders.trusted_modules, *_words(self.noted.get("plugins"))}
        for name in _words(content_of(cfg.get("plugins"))):
            if name not in own:
                raise ConfigurationError(
                    f"plugins: a file cannot load modules; to trust {name!r} add plugins=[{name}]"
                    f" to {for_caller('the command line', 'the overrides')}"
                )

    def _check_hydra(self, cfg: DictConfig) -> None:
        now, trusted = {"hydra": content_of(cfg.hydra)}, dict(self.noted)
        copied = set(cfg.hydra.job.env_copy)
        for key in (*CLOSED, "hydra.searchpath"):
            was, becomes = _at(trusted, key), _at(now, key)
            if key == "hydra.job.env_set" and isinstance(becomes, dict):
                becomes = {k: v for k, v in becomes.items() if k not in copied}
            if (was or None) != (becomes or None):
                raise ConfigurationError(f"{key}: only an installed package can set this")
        known = dict(_values(trusted.get("hydra"), "hydra"))
        for path, value in _values(now["hydra"], "hydra"):
            if value == known.get(path, ...):
                continue
            if names_object(re.split(r"[.\[\]]+", path)):
                raise ConfigurationError(f"{path}: a configuration cannot name a Python object")
            changed = path.startswith(_CHANGING) and isinstance(value, str) and "${" in value
            if changed and OmegaConf.is_config(OmegaConf.select(cfg, path)):
                raise ConfigurationError(f"{path}: expected a value, got {value!r}")


def _is_users(default: ResultDefault, repo: IConfigRepository) -> bool:
    result = repo.load_config(str(default.config_path))
    return result is not None and result.provider == COMMAND_LINE


def _parts_of(cfg: DictConfig) -> dict[str, Any]:
    return {key: content_of(cfg.get(key)) for key in ("hydra", "plugins") if key in cfg}


def _words(plugins: object) -> list[str]:
    return [
        str(name) for name in (plugins if isinstance(plugins, list) else [plugins or ()]) if name
    ]


def _at(content: object, key: str) -> object:
    for part in key.split("."):
        content = content.get(part) if isinstance(content, dict) else None
    return content


def _values(node: object, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from _values(value, f"{path}.{key}")
    elif isinstance(node, list) and node:
        for i, value in enumerate(node):
            yield from _values(value, f"{path}[{i}]")
    else:
        yield path, node
