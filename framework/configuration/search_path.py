"""The sources from which Hydra reads choices: a user's own folders, and components without YAML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hydra.core.object_type import ObjectType
from hydra.plugins.config_source import ConfigLoadError, ConfigResult, ConfigSource
from omegaconf import OmegaConf

from framework.configuration.untrusted import read_yaml
from framework.errors import ConfigurationError
from framework.text import short_path

COMMAND_LINE = "command-line"


class UserFolder(ConfigSource):
    """A folder that the command line adds: its files are checked before Hydra sees them."""

    @staticmethod
    def scheme() -> str:
        """Name the scheme of its path."""
        return "user"

    def load_config(self, config_path: str) -> ConfigResult:
        """Read a file as Hydra would, if it is harmless.

        Raises
        ------
        ConfigurationError : when it is not (`untrusted.py`).
        """
        file = self.file(config_path)
        if not file.is_file():
            raise ConfigLoadError(f"Config not found : {file}")
        text, node = read_yaml(file, config_path.partition("/")[0])
        try:
            header = self._get_header_dict(text[:512])
        except ValueError as error:
            raise ConfigurationError(f"{short_path(str(file))}: cannot be read: {error}") from error
        return ConfigResult(
            provider=self.provider, path=self.full_path(), config=node, header=header
        )

    def is_group(self, config_path: str) -> bool:
        """Whether there is a folder of that name."""
        return (Path(self.path) / config_path).is_dir()

    def is_config(self, config_path: str) -> bool:
        """Whether there is a file of that name."""
        return self.file(config_path).is_file()

    def available(self) -> bool:
        """Whether the folder is there."""
        return Path(self.path).is_dir()

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """List the choices and groups in a group."""
        names: list[str] = []
        for path in (Path(self.path) / config_path).iterdir():
            inside = f"{config_path}/{path.name}".lstrip("/")
            self._list_add_result(names, inside, path.name, results_filter)
        return sorted(set(names))

    def file(self, config_path: str) -> Path:
        """Return the file of a choice, there or not.

        Raises
        ------
        ConfigurationError : when it is a link out of the folder.
        """
        root = Path(self.path)
        path = root / self._normalize_file_name(config_path)
        if path.exists() and not path.resolve().is_relative_to(root.resolve()):
            raise ConfigurationError(
                f"{short_path(str(path))}: is a link out of the folder of YAML"
            )
        return path


class Defaults(ConfigSource):
    """The components that have no YAML, each configured by its fields' defaults."""

    def __init__(
        self, nodes: Mapping[str, Mapping[str, Any]], nested: Mapping[str, set[str]]
    ) -> None:
        super().__init__("components", f"{self.scheme()}://")
        self._nodes = dict(nodes)
        self._nested = dict(nested)

    @staticmethod
    def scheme() -> str:
        """Name the scheme of its path."""
        return "components"

    def load_config(self, config_path: str) -> ConfigResult:
        """Return a component's name and fields."""
        node = self.node(config_path)
        if node is None:
            raise ConfigLoadError(f"Config not found : {config_path}")
        return ConfigResult(
            provider=self.provider,
            path=self.full_path(),
            config=OmegaConf.create(dict(node["config"])),
            header={"package": node["package"]},
        )

    def node(self, config_path: str) -> Mapping[str, Any] | None:
        """Return what configures a component; None when there is none of that name."""
        return self._nodes.get(config_path.removesuffix(".yaml"))

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
        names: set[str] = set()
        if results_filter in (None, ObjectType.CONFIG):
            names |= self._nested.get(config_path, set())
        for name in self._nodes:
            if name.startswith(inside):
                head, _, more = name.removeprefix(inside).partition("/")
                if results_filter in (None, ObjectType.GROUP if more else ObjectType.CONFIG):
                    names.add(head)
        return sorted(names)
