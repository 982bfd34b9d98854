"""Where a value of the configuration came from: the command line, or a line of a YAML file.

Hydra keeps no record of it, so when something is wrong it is worked out again: from the overrides
first, which win, then from the files that the composition used, last one first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from framework.configuration.override import Override, readable
from framework.configuration.yaml_lines import defaults_of, locate, tree_of
from framework.text import short_path

COMMAND_LINE = " (command line)"


@dataclass(frozen=True)
class Origins:
    """The overrides and files of one composition.

    Attributes
    ----------
    overrides : the command line's.
    name : the primary configuration.
    folders : where YAML lies, in the order in which it is searched.
    loader : Hydra's, which knows which files were used.
    """

    overrides: Sequence[str]
    name: str
    folders: Sequence[Path]
    loader: ConfigLoader

    @cached_property
    def _parsed(self) -> list[Override]:
        return list(readable(self.overrides))

    def of_key(self, key: str, said: str = "") -> str:
        """Return where the value of a key came from: ' (file:line)', or '' when nobody gave it.

        Of a mapping it is where the key in it came from that is ``said``, if one is.
        """
        parts = _parts(key)
        given = [o.path for o in self._parsed if not self._chooses(o)]
        if any(parts[: len(path)] == path for path in given if path):
            return COMMAND_LINE
        if any(o.path == parts for o in self._parsed):
            return COMMAND_LINE
        words, inside = set(re.findall(r"\w+", said)), len(parts)
        if any(path[:inside] == parts and words & set(path[inside : inside + 1]) for path in given):
            return COMMAND_LINE
        depth, place = max(
            ((d, p) for d, p in self._in_files(parts)), key=lambda pair: pair[0], default=(0, "")
        )
        if depth < len(parts) and any(path[: len(parts)] == parts for path in given):
            return COMMAND_LINE
        return place

    def content_of(self, key: str) -> dict[str, Any]:
        """Return what stands below a key before anything is taken away, by name."""
        kept = [o.text for o in self._parsed if o.prefix != "~"]
        with suppress(HydraException):
            composed = self.loader.load_configuration(self.name, kept, RunMode.RUN)
            node = OmegaConf.select(composed, key) if key else composed
            if isinstance(node, DictConfig):
                content = OmegaConf.to_container(node, resolve=False)
                assert isinstance(content, dict)
                return {str(name): value for name, value in content.items()}
        return {}

    def group_of(self, choice: str) -> str:
        """Return the group of the override that asked for a choice, `group/name`; '' for none."""
        for override in self._parsed:
            named = [f"{override.key}/{name}" for name in override.names()]
            if choice in (override.key, *named):
                return override.key
        return ""

    def of_choice(self, choice: str, parent: str) -> str:
        """Return where a choice, `group/name`, came from; `parent` is the configuration with it."""
        if self.group_of(choice):
            return COMMAND_LINE
        first = self._file(parent)
        others = (file for folder in self.folders for file in sorted(folder.rglob("*.yaml")))
        for file in [first, *others] if first else others:
            for line, group, name in defaults_of(tree_of(file)):
                wanted = f"{group.partition('@')[0]}/{name}".lstrip("/")
                if choice == wanted or choice.endswith(f"/{wanted}"):
                    return f" ({short_path(str(file))}:{line})"
        return ""

    def _in_files(self, parts: list[str]) -> Iterator[tuple[int, str]]:
        """Yield how much of a key each file has, and where; the last of equals comes first."""
        defaults = []
        with suppress(HydraException):
            defaults = self.loader.compute_defaults_list(
                self.name, list(self.overrides), RunMode.RUN
            ).defaults
        for default in reversed(defaults):
            package = _parts((default.package or "").removeprefix("_global_"))
            file = self._file(default.config_path)
            if file is None or parts[: len(package)] != package:
                continue
            depth, line = locate(tree_of(file), parts[len(package) :])
            if depth or package:
                at = f":{line}" if depth else ""
                yield len(package) + depth, f" ({short_path(str(file))}{at})"

    def _chooses(self, override: Override) -> bool:
        """Whether an override chooses a file, so that the values are the file's."""
        group = override.key
        return "/" in group or any((folder / group).is_dir() for folder in self.folders)

    def _file(self, config_path: str | None) -> Path | None:
        for folder in self.folders:
            file = folder / f"{config_path}.yaml"
            if config_path and file.is_file():
                return file
        return None


def _parts(key: str) -> list[str]:
    return [part for part in re.split(r"[.\[\]]+", key) if part]
