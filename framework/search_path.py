"""Where Hydra finds choices: the framework's YAML, the plugins', the user's, and no YAML at all.

In the order in which they are searched: the folder of `--config-path`, `conf/`, the plugins'
folders, the folder of `--config-dir`, and last the components' own defaults, so that a component
without YAML is a choice all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import yaml
from hydra.core.config_search_path import ConfigSearchPath, SearchPathQuery
from hydra.core.object_type import ObjectType
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigLoadError, ConfigResult, ConfigSource
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from framework.errors import ConfigurationError, one_line
from framework.plugin import shown
from framework.strangers import check_yaml

COMMAND_LINE = "command-line"
_LARGEST = 1 << 18  # bytes of a file that the command line adds


class Places(SearchPathPlugin):
    """Tells Hydra of every place there is.

    Attributes
    ----------
    plugins : the plugins' folders of YAML: who brings it, path.
    before, behind : the folders of `--config-path` and `--config-dir`, or None.
    defaults : `group/name` → the configuration of a component that has no YAML.
    nested : group → its choices in folders below it, which Hydra would not list.
    """

    plugins: ClassVar[list[tuple[str, Path]]] = []
    before: ClassVar[Path | None] = None
    behind: ClassVar[Path | None] = None
    defaults: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    nested: ClassVar[Mapping[str, set[str]]] = {}

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Add them around the framework's own, which Hydra calls `main`."""
        if self.before is not None:
            path = f"{UserFolder.scheme()}://{self.before}"
            search_path.prepend(COMMAND_LINE, path, SearchPathQuery(provider="main"))
        for brings, folder in self.plugins:
            search_path.append(brings, f"file://{folder}")
        if self.behind is not None:
            search_path.append(COMMAND_LINE, f"{UserFolder.scheme()}://{self.behind}")
        if self.defaults or self.nested:
            search_path.append("components", f"{Defaults.scheme()}://")


class UserFolder(ConfigSource):
    """A folder that the command line adds: its files are checked before Hydra sees them."""

    @staticmethod
    def scheme() -> str:
        """Name the scheme of its path."""
        return "user"

    def load_config(self, config_path: str) -> ConfigResult:
        """Read a file, if it is harmless.

        Raises
        ------
        ConfigurationError : when it is not (`strangers.py`).
        """
        file = self._file(config_path)
        if not file.is_file():
            raise ConfigLoadError(f"Config not found : {file}")
        name, group = shown(str(file)), config_path.rpartition("/")[0].strip("/")
        if file.stat().st_size > _LARGEST:
            raise ConfigurationError(f"{name}: is larger than a choice, {_LARGEST:,} bytes at most")
        try:
            text = file.read_text(encoding="utf-8")
            header = self._get_header_dict(text[:512])
            check_yaml(text, name, group, header["package"])
            node = OmegaConf.create(text) if text.strip() else OmegaConf.create()
        except (ValueError, yaml.YAMLError, OmegaConfBaseException) as error:
            raise ConfigurationError(f"{name}: cannot be read: {one_line(error)}") from error
        return ConfigResult(
            provider=self.provider, path=self.full_path(), config=node, header=header
        )

    def is_group(self, config_path: str) -> bool:
        """Whether there is a folder of that name."""
        return (Path(self.path) / config_path).is_dir()

    def is_config(self, config_path: str) -> bool:
        """Whether there is a file of that name."""
        return self._file(config_path).is_file()

    def available(self) -> bool:
        """Whether the folder is there."""
        return Path(self.path).is_dir()

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """List the choices and groups in a group."""
        found: list[str] = []
        for one in (Path(self.path) / config_path).iterdir():
            inside = f"{config_path}/{one.name}".lstrip("/")
            self._list_add_result(found, inside, one.name, results_filter)
        return sorted(set(found))

    def _file(self, config_path: str) -> Path:
        return Path(self.path) / self._normalize_file_name(config_path)


class Defaults(ConfigSource):
    """The components that have no YAML, each configured by its fields' defaults."""

    def __init__(self, provider: str, path: str) -> None:
        super().__init__(provider, path)
        self._nested = dict(Places.nested)
        self._nodes = dict(Places.defaults)  # a sweep's processes get it along with the source

    @staticmethod
    def scheme() -> str:
        """Name the scheme of its path."""
        return "components"

    def load_config(self, config_path: str) -> ConfigResult:
        """Give a component's name and fields."""
        node = self._nodes.get(config_path.removesuffix(".yaml"))
        if node is None:
            raise ConfigLoadError(f"Config not found : {config_path}")
        return ConfigResult(
            provider=self.provider,
            path=self.full_path(),
            config=OmegaConf.create(dict(node["config"])),
            header={"package": node["package"]},
        )

    def is_group(self, config_path: str) -> bool:
        """Whether a component is in that group."""
        inside = f"{config_path.strip('/')}/".lstrip("/")
        return config_path in self._nested or any(n.startswith(inside) for n in self._nodes)

    def is_config(self, config_path: str) -> bool:
        """Whether there is a component of that name."""
        return config_path.removesuffix(".yaml") in self._nodes

    def available(self) -> bool:
        """Whether it can be read: always."""
        return True

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """List the components and groups in a group."""
        inside = f"{config_path.strip('/')}/".lstrip("/")
        found: set[str] = set()
        if results_filter in (None, ObjectType.CONFIG):
            found |= self._nested.get(config_path, set())
        for name in self._nodes:
            if name.startswith(inside):
                head, _, more = name.removeprefix(inside).partition("/")
                if results_filter in (None, ObjectType.GROUP if more else ObjectType.CONFIG):
                    found.add(head)
        return sorted(found)


def register() -> None:
    """Make Hydra know these classes; again and again does no harm."""
    for one in (Places, UserFolder, Defaults):
        Plugins.instance().register(one)
