"""Where the choices of one command line lie; what Hydra searches is made from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class SearchFolders:
    """Every place of choices there is, in the order in which they are searched.

    Attributes
    ----------
    before : the folder of `--config-path`, or None.
    plugins : the plugins' folders of YAML: who brings it, path.
    behind : the folder of `--config-dir`, or None.
    defaults : `group/name` → the configuration of a component that has no YAML.
    nested : group → its choices in folders below it, which Hydra would not list.
    trusted_modules : the modules that the command line itself names in `plugins`.
    """

    before: Path | None = None
    plugins: Sequence[tuple[str, Path]] = ()
    behind: Path | None = None
    defaults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    nested: Mapping[str, set[str]] = field(default_factory=dict)
    trusted_modules: Sequence[str] = ()

    def added(self) -> Iterator[Path]:
        """Yield the folders that the command line adds; their files are untrusted."""
        yield from (folder for folder in (self.before, self.behind) if folder is not None)
