"""What compositions begin with in common, merged once in a process.

Hydra merges choices one after the other, from the top of the defaults list on. Where two
compositions part for the first time, what was merged up to there is kept, for those to come.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from hydra.core.default_element import ResultDefault
from omegaconf import DictConfig, OmegaConf

from framework.configuration.kept_choices import Choice
from framework.configuration.quick_copy import copied

_MOST = 8  # beginnings kept


class Part(NamedTuple):
    """One of the choices that are merged.

    Attributes
    ----------
    choice : what was read, the same object as long as its file is the same.
    place : where it is put.
    under : what else decides whether it may be there.
    """

    choice: Choice
    place: ResultDefault
    under: object

    def is_same(self, other: Part) -> bool:
        """Whether it is merged as another one is."""
        here, there = self.place, other.place
        placed = (here.config_path, here.package, here.primary, self.under)
        return self.choice is other.choice and placed == (
            *(there.config_path, there.package, there.primary),
            other.under,
        )


class Beginnings:
    """The beginnings that are kept, and the last composition."""

    def __init__(self) -> None:
        self._kept: list[tuple[Sequence[Part], DictConfig]] = []
        self._last: Sequence[Part] = ()

    def of(self, parts: Sequence[Part]) -> tuple[int, DictConfig, int]:
        """Begin to merge parts.

        Returns
        -------
        count : how many are merged already.
        cfg : what they come to.
        parting : how many to merge before `keep` is called; 0 for none.
        """
        parting, self._last = _common(self._last, parts), parts
        count, cfg = 0, None
        for i, (begun, merged) in enumerate(self._kept):
            if len(begun) > count and _common(begun, parts) == len(begun):
                count, cfg, newest = len(begun), merged, i
        if cfg is None:
            return 0, OmegaConf.create(), parting
        self._kept.append(self._kept.pop(newest))
        return count, bare_copy(cfg), parting if parting > count else 0

    def keep(self, parts: Sequence[Part], cfg: DictConfig) -> None:
        """Keep what some parts come to."""
        self._kept = [*self._kept, (parts, bare_copy(cfg))][-_MOST:]


def bare_copy(cfg: Any) -> Any:
    """Copy a configuration without what resolvers said while it was merged: it may be otherwise."""
    twin = copied(cfg)
    twin.__dict__["_metadata"].resolver_cache.clear()
    return twin


def _common(some: Sequence[Part], others: Sequence[Part]) -> int:
    """Count the parts with which both begin."""
    pairs = enumerate(zip(some, others, strict=False))
    differ = (i for i, (part, other) in pairs if not part.is_same(other))
    return next(differ, min(len(some), len(others)))
