"""What one command line, or one call from Python, works with; it is passed on, never kept aside.

Hydra and OmegaConf keep state of the whole process (resolvers among it): `hydra_state.py` borrows
it for a workspace and gives it back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from framework.configuration.command_line import CommandLine
from framework.configuration.run_directories import RunDirectories
from framework.registry.registry import Registry


@dataclass(frozen=True)
class Workspace:
    """A command line, and what was made for it.

    Attributes
    ----------
    asked : the command line.
    registry : its plugins' components; `registry.folders` says where its choices lie.
    directories : those that it made for runs and sweeps.
    """

    asked: CommandLine = field(default_factory=CommandLine)
    registry: Registry = field(default_factory=Registry)
    directories: RunDirectories = field(default_factory=RunDirectories)

    def with_overrides(self, overrides: Sequence[str]) -> Workspace:
        """Return the same with other overrides."""
        return replace(self, asked=replace(self.asked, overrides=tuple(overrides)))


@contextlib.contextmanager
def scratch(registry: Registry) -> Iterator[Workspace]:
    """Have a workspace to look something up in; the directories it made are gone afterwards."""
    workspace = Workspace(registry=registry)
    try:
        yield workspace
    finally:
        workspace.directories.release()
