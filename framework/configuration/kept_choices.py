"""Choices, each read once in a process, and anew when its file is another one.

YAML takes far longer to read than to look at: a file's time, size and number say whether it is the
one that was read. Whoever composes is given what was read to look at, never to change.
"""

from __future__ import annotations

import os
import stat
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.object_type import ObjectType
from hydra.plugins.config_source import ConfigResult, ConfigSource

from framework.configuration.interpolation import calls_resolver
from framework.configuration.search_path import Defaults, UserFolder

_MOST = 512  # choices kept
_FRESH = 2_000_000_000  # ns: a file may change again within a tick of its file system's clock

State = Any
"""What lies at a place: None for nothing, True for a group, a file's numbers, a node in memory."""


class Choice(ConfigResult):
    """A choice as it was read, and as it is placed; to be looked at, never changed.

    Attributes
    ----------
    placed : package → what is merged, with all keys above it.
    asks_resolver : whether a resolver says what its defaults list chooses.
    """

    def __init__(self, read: ConfigResult) -> None:
        self.__dict__.update(vars(read))
        self.placed: dict[str | None, ConfigResult] = {}
        listed = self.defaults_list or ()
        self.asks_resolver = any(calls_resolver(str(vars(chosen))) for chosen in listed)

    __eq__ = object.__eq__
    __hash__ = object.__hash__


_kept: OrderedDict[tuple[Any, ...], tuple[State, Choice]] = OrderedDict()


class Seen:
    """The places where a composition looked for choices, and what lay there."""

    def __init__(self) -> None:
        self._states: dict[tuple[ConfigSource, str, ObjectType], State] = {}

    def look(self, source: ConfigSource, path: str, kind: ObjectType) -> State:
        """Return what lies in a source, and note it; None when it is nothing of that kind."""
        state = self._states[source, path, kind] = state_of(source, path, kind)
        return state

    def is_the_same(self) -> bool:
        """Whether the same lies everywhere still."""
        return all(_same(state_of(*place), state) for place, state in self._states.items())


def kept(source: ConfigSource, path: str, state: State, read: Callable[[], ConfigResult]) -> Choice:
    """Return a choice as it was read, now or before.

    Parameters
    ----------
    state : what lies there, looked at just now.
    read : reads it.
    """
    key = (type(source), source.provider, source.path, path)
    before = _kept.pop(key, None)
    if before is None or not _same(before[0], state):
        before = (state, Choice(read()))
    _kept[key] = before
    if len(_kept) > _MOST:
        _kept.popitem(last=False)
    return before[1]


def state_of(source: ConfigSource, path: str, kind: ObjectType) -> State:
    """Return what lies in a source; None when it is nothing of that kind."""
    folder = _folder(source)
    if folder is not None:
        return _state_of_file(source, folder, path, kind)
    if kind == ObjectType.GROUP:
        return source.is_group(path) or None
    if not source.is_config(path):
        return None
    if isinstance(source, Defaults):
        return source.node(path)
    if _is_hydras(source, "structured"):
        return ConfigStore.instance()._open(source._normalize_file_name(path.rstrip("/")))
    return object()  # of a source that is not known here: it may be another thing each time


def _state_of_file(source: ConfigSource, folder: str, path: str, kind: ObjectType) -> State:
    name = path
    if kind == ObjectType.CONFIG:  # Hydra asks for its own version first, which takes longer
        has_ending = path.endswith((".yaml", ".yml"))
        name = source._normalize_file_name(path) if has_ending else f"{path}.yaml"
    try:
        about = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118  (a tenth of pathlib's)
    except (OSError, ValueError):
        return None
    if kind == ObjectType.GROUP:
        return stat.S_ISDIR(about.st_mode) or None
    if not stat.S_ISREG(about.st_mode):
        return None
    if isinstance(source, UserFolder):
        source.file(path)  # refuses a link that leads elsewhere
    numbers = (about.st_mtime_ns, about.st_ctime_ns, about.st_size, about.st_ino, about.st_dev)
    is_fresh = time.time_ns() - max(about.st_mtime_ns, about.st_ctime_ns) < _FRESH
    return (*numbers, object()) if is_fresh else numbers


def _same(now: State, before: State) -> bool:
    return now is before or (now is not None and before is not None and bool(now == before))


def _folder(source: ConfigSource) -> str | None:
    if isinstance(source, UserFolder) or _is_hydras(source, "file"):
        return str(source.path)
    return _folder_of_package(source.path) if _is_hydras(source, "importlib_resources") else None


def _is_hydras(source: ConfigSource, kind: str) -> bool:
    """Whether a source is of a class of Hydra's, which loads that module apart from others."""
    return type(source).__module__ == f"hydra._internal.core_plugins.{kind}_config_source"


@lru_cache(maxsize=64)
def _folder_of_package(name: str) -> str | None:
    """Return where a package's files lie; None where they lie in no folder."""
    try:
        files = resources.files(name)
    except (ValueError, ModuleNotFoundError, TypeError):
        return None
    return str(files) if isinstance(files, Path) else None
