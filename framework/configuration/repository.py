"""Where Hydra looks for choices: every source, in the order of `SearchFolders`."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from hydra._internal.config_repository import ConfigRepository
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.object_type import ObjectType
from hydra.plugins.config_source import ConfigResult, ConfigSource

from framework.configuration.kept_choices import Choice, Seen, kept
from framework.configuration.search_path import COMMAND_LINE, Defaults, UserFolder
from framework.configuration.untrusted import check_defaults
from framework.errors import ConfigurationError
from framework.registry.search_folders import SearchFolders


class Repository(ConfigRepository):
    """Every source of choices, in the order of `SearchFolders`; a choice is read once.

    Attributes
    ----------
    seen : where choices were looked for.
    """

    def __init__(self, path: ConfigSearchPath, folders: SearchFolders) -> None:
        self._folders = folders
        self.seen = Seen()
        super().__init__(path)

    def __deepcopy__(self, memo: dict[int, Any]) -> Repository:
        """Copy it for a composition, which may search elsewhere; the sources never change."""
        twin = copy.copy(self)
        twin.sources, twin.seen = list(self.sources), Seen()
        return twin

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "seen": Seen()}

    def initialize_sources(self, config_search_path: ConfigSearchPath) -> None:
        """Make the sources of a search path, and those that are not for everybody's path."""
        super().initialize_sources(config_search_path)
        folders, sources = self._folders, self.sources
        behind: list[ConfigSource] = []
        if folders.behind is not None:
            behind.append(_user_folder(folders.behind))
        if folders.defaults or folders.nested:
            behind.append(Defaults(folders.defaults, folders.nested))
        sources[-1:-1] = behind  # Hydra wants its schemas last
        if folders.before is not None:
            main = next(i for i, source in enumerate(sources) if source.provider == "main")
            sources.insert(main, _user_folder(folders.before))

    def load_config(self, config_path: str) -> Choice | None:
        """Read a choice, to be looked at and not changed.

        Raises
        ------
        ConfigurationError : when its defaults list chooses what it may not choose.
        """
        source, state = self._look(config_path, ObjectType.CONFIG)
        if source is None:
            return None

        def read() -> ConfigResult:
            result = super(Repository, self).load_config(config_path)
            assert result is not None
            result.is_schema_source = True  # no schema of somebody's is laid below by its name
            if result.provider == COMMAND_LINE:
                listed = result.defaults_list or ()
                check_defaults(listed, config_path, self.file(config_path))
            return result

        return kept(source, config_path, state, read)

    def file(self, config_path: str) -> Path:
        """Return the file of a choice that lies in a folder of the command line's."""
        source = self._find_object_source(config_path, ObjectType.CONFIG)
        assert isinstance(source, UserFolder)
        return source.file(config_path)

    def _find_object_source(
        self, config_path: str, object_type: ObjectType | None
    ) -> ConfigSource | None:
        assert object_type is not None
        return self._look(config_path, object_type)[0]

    def _look(self, config_path: str, kind: ObjectType) -> tuple[ConfigSource | None, Any]:
        """Return the first source that has something, and what."""
        words = config_path.replace("\\", "/").split("/")
        if config_path and ({"", ".", ".."} & set(words) or "\0" in config_path):
            raise ConfigurationError(f"{config_path}: a choice lies in a folder of YAML")
        for source in self.sources:
            state = self.seen.look(source, config_path, kind)
            if state is not None:
                return source, state
        return None, None


def _user_folder(folder: Path) -> UserFolder:
    return UserFolder(COMMAND_LINE, f"{UserFolder.scheme()}://{folder}")
