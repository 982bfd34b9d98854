"""Where a value of the configuration came from: the command line, or a line of a YAML file.

Hydra keeps no record of it, so when something is wrong it is worked out again: from the overrides
first, which win, then from the files that the composition used, last one first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hydra.core.config_loader import ConfigLoader
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

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

    def of_key(self, key: str) -> str:
        """Say where the value of a key came from: ' (file:line)', or '' when nobody gave it."""
        parts = _parts(key)
        given = [_parts(_key(text)) for text in self.overrides if not self._chooses(text)]
        if any(parts[: len(one)] == one for one in given if one):
            return COMMAND_LINE
        if any(_parts(_key(text)) == parts for text in self.overrides):
            return COMMAND_LINE
        depth, place = max(
            ((d, p) for d, p in self._in_files(parts)), key=lambda pair: pair[0], default=(0, "")
        )
        if depth < len(parts) and any(one[: len(parts)] == parts for one in given):
            return COMMAND_LINE
        return place

    def keys_of(self, key: str) -> list[str]:
        """List the keys that stand below a key before anything is taken away."""
        kept = [text for text in self.overrides if not text.startswith("~")]
        with suppress(HydraException):
            composed = self.loader.load_configuration(self.name, kept, RunMode.RUN)
            node = OmegaConf.select(composed, key) if key else composed
            return [str(name) for name in node] if isinstance(node, DictConfig) else []
        return []

    def group_of(self, choice: str) -> str:
        """Give the group of the override that asked for a choice, `group/name`; '' for none."""
        for text in self.overrides:
            key, _, value = text.lstrip("+~").partition("=")
            group = key.partition("@")[0]
            names = [name.strip("'\" ") for name in re.split(r"[,\[\]()]", value)]
            if choice == group or choice in [f"{group}/{name}" for name in names]:
                return group
        return ""

    def of_choice(self, choice: str, parent: str) -> str:
        """Say where a choice, `group/name`, came from; `parent` is the configuration with it."""
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
        """Give how much of a key each file has, and where; the last of equals comes first."""
        defaults = []
        with suppress(HydraException):
            defaults = self.loader.compute_defaults_list(
                self.name, list(self.overrides), RunMode.RUN
            ).defaults
        for one in reversed(defaults):
            package = _parts((one.package or "").removeprefix("_global_"))
            file = self._file(one.config_path)
            if file is None or parts[: len(package)] != package:
                continue
            depth, line = locate(tree_of(file), parts[len(package) :])
            if depth or package:
                at = f":{line}" if depth else ""
                yield len(package) + depth, f" ({short_path(str(file))}{at})"

    def _chooses(self, override: str) -> bool:
        """Whether an override chooses a file, so that the values are the file's."""
        group = override.lstrip("+~").partition("=")[0].partition("@")[0]
        return "/" in group or any((folder / group).is_dir() for folder in self.folders)

    def _file(self, config_path: str | None) -> Path | None:
        for folder in self.folders:
            file = folder / f"{config_path}.yaml"
            if config_path and file.is_file():
                return file
        return None


def _parts(key: str) -> list[str]:
    return [part for part in re.split(r"[.\[\]]+", key) if part]


def _key(override: str) -> str:
    return override.lstrip("+~").partition("=")[0].partition("@")[0].replace("/", ".")
