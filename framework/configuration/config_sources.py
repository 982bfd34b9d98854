"""Hydra's note of where it looked for files: the same list each time, made once in a process."""

from __future__ import annotations

from collections import OrderedDict

from hydra._internal.config_repository import CachingConfigRepository
from hydra.conf import ConfigSourceInfo
from hydra.plugins.config_source import ConfigSource
from omegaconf import DictConfig, ListConfig

from framework.configuration.quick_copy import copied

Sources = tuple[tuple[str, str, str], ...]
"""Path, scheme and provider of each."""
_MOST = 16
_lists: OrderedDict[Sources, ListConfig] = OrderedDict()


class CachingRepository(CachingConfigRepository):
    """Names no sources to Hydra's closing lines, which make their list anew each time.

    Attributes
    ----------
    is_merged : whether all is read and merged.
    """

    is_merged = False

    def get_sources(self) -> list[ConfigSource]:
        return [] if self.is_merged else self.sources()

    def sources(self) -> list[ConfigSource]:
        """Return where files are looked for."""
        return list(super().get_sources())

    def end(self) -> Sources:
        """Name no sources from here on; return what they are."""
        self.is_merged = True
        return tuple((source.path, source.scheme(), source.provider) for source in self.sources())


def note_sources(cfg: DictConfig, sources: Sources) -> None:
    """Note in Hydra's part where it looked for files, as Hydra does."""
    runtime = cfg.hydra.runtime
    if sources in _lists:
        twin = runtime.__dict__["_content"]["config_sources"] = copied(_lists[sources])
        twin._set_parent(runtime)
        return
    runtime.config_sources = [
        ConfigSourceInfo(path=path, schema=scheme, provider=provider)
        for path, scheme, provider in sources
    ]
    _lists[sources] = copied(runtime._get_node("config_sources"))
    if len(_lists) > _MOST:
        _lists.popitem(last=False)
