"""Hydra's loader, which composes once in a process what several compositions have in common.

Which files a configuration is made of its groups' choices decide, and with them all that is read
and merged. Jobs that differ in single values have that in common: Hydra composes it once, and each
job's values are laid on a copy, by Hydra's own function. Jobs that differ in choices have their
files in common (`kept_choices.py`), and what is merged before the first that differs
(`merged_choices.py`). A file that has changed since is read anew, whoever asks.
"""

from __future__ import annotations

import contextlib
import copy
import os
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from hydra._internal import defaults_list as hydras_defaults
from hydra._internal.config_loader_impl import ConfigLoaderImpl, get_overrides_dirname
from hydra._internal.config_repository import CachingConfigRepository, IConfigRepository
from hydra.core.default_element import InputDefault, ResultDefault
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.utils import JobRuntime
from hydra.plugins.config_source import ConfigResult
from hydra.types import RunMode
from omegaconf import DictConfig, flag_override, open_dict
from omegaconf.errors import OmegaConfBaseException

from framework.configuration.config_sources import CachingRepository, Sources, note_sources
from framework.configuration.interpolation import calls_resolver
from framework.configuration.kept_choices import Choice, Seen
from framework.configuration.merged_choices import Beginnings, Part
from framework.configuration.quick_copy import copied, quick
from framework.configuration.repository import Repository
from framework.registry.search_folders import SearchFolders

_MOST = 128  # bases kept: some 200 kB each
_MARK = "HYDRA_REMOVE_TOP_LEVEL_DEFAULTS"
_HYDRAS = ("hydra.searchpath", "hydra.overrides", "hydra.runtime")


@dataclass(frozen=True, eq=False)
class Base:
    """A composition without single values, as Hydra made it; to be copied, never changed.

    Attributes
    ----------
    cfg : what was composed.
    noted : what a subclass noted of it.
    folders : where its choices lay.
    seen : where they were looked for.
    checked : what a subclass has checked of it by now.
    """

    cfg: DictConfig
    noted: Any
    folders: SearchFolders
    seen: Seen
    checked: set[Hashable] = field(default_factory=set)


_bases: OrderedDict[Hashable, Base] = OrderedDict()
_beginnings = Beginnings()


class SharingLoader(ConfigLoaderImpl):
    """Composes configurations as Hydra does.

    Attributes
    ----------
    folders : where choices lie.
    repository : looks for them there.
    noted : what a subclass notes of the files that it composes; it is as it was then.
    base : what the last composition was laid on, if it was laid on one.
    """

    folders: SearchFolders
    repository: Repository

    def __init__(self) -> None:
        self.noted: Any = {}
        self.base: Base | None = None
        self._choosing: list[Override] = []
        self._stays = False
        self._laid_by_hydra: list[Override] = []
        self._seen = Seen()
        self._sources: Sources = ()

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what another process makes of the files itself."""
        return {**vars(self), "base": None, "noted": {}, "_choosing": [], "_seen": Seen()}

    def _load_configuration_impl(
        self,
        config_name: str | None,
        overrides: list[str],
        run_mode: RunMode,
        from_shell: bool = True,
        validate_sweep_overrides: bool = True,
    ) -> DictConfig:
        read = _parsed(overrides)
        base = None if any(_is_base(o) for o in read) else self._base(config_name, read, run_mode)
        self.base = base
        values = [o for o in read if self._sets_value(o)]
        if base is None:
            self._laid_by_hydra = values
            try:
                with _without_needless_maps():
                    cfg = super()._load_configuration_impl(
                        config_name, overrides, run_mode, from_shell, validate_sweep_overrides
                    )
                note_sources(cfg, self._sources)
                return cfg
            finally:
                self._laid_by_hydra = []
        self.noted = base.noted
        cfg = quick(base.cfg)
        self.prepare_values(cfg, values)
        self._apply_overrides_to_config(values, cfg)
        _note(cfg, read)
        return cfg

    def _base(
        self, name: str | None, overrides: Sequence[Override], run_mode: RunMode
    ) -> Base | None:
        """Return what some overrides choose, composed by Hydra; None where that cannot be kept."""
        self._choosing = [o for o in overrides if not self._sets_value(o)]
        texts = [str(override.input_line) for override in self._choosing]
        places = (self.folders.before, *self.folders.plugins, self.folders.behind)
        key = (name, run_mode, JobRuntime.instance().get("name"), places, *texts)
        base = _bases.pop(key, None)
        if base is None or base.folders != self.folders or not base.seen.is_the_same():
            self._stays = False
            with _without_needless_maps():
                cfg = super()._load_configuration_impl(
                    name, texts, run_mode, validate_sweep_overrides=False
                )
            note_sources(cfg, self._sources)
            if not self._stays or cfg.hydra.searchpath or cfg.hydra.job.env_copy:
                return None
            cfg._metadata.resolver_cache.clear()  # what it says may be another thing the next time
            base = Base(cfg, self.noted, self.folders, self._seen)
        _bases[key] = base
        if len(_bases) > _MOST:
            _bases.popitem(last=False)
        return base

    def _parse_overrides_and_create_caching_repo(
        self, config_name: str | None, overrides: list[str]
    ) -> tuple[list[Override], CachingConfigRepository]:
        repo, read = CachingRepository(self.repository), _parsed(overrides)
        self._process_config_searchpath(config_name, read, repo)
        assert isinstance(repo.delegate, Repository)
        self._seen = repo.delegate.seen
        return read, repo

    def _compose_config_from_defaults_list(
        self, defaults: list[ResultDefault], repo: IConfigRepository
    ) -> DictConfig:
        assert isinstance(repo, CachingConfigRepository)
        # What a resolver says, the environment or the time, may be another thing the next time.
        self._stays = not (
            any(calls_resolver(str(vars(chooser))) for chooser in self._choosing)
            or any(isinstance(c, Choice) and c.asks_resolver for c in repo.cache.values())
        )
        try:
            cfg = self._merged(defaults, repo)
        except OmegaConfBaseException:  # Hydra says in which file
            cfg = super()._compose_config_from_defaults_list(defaults, repo)
        self.prepare_values(cfg, self._laid_by_hydra)
        if isinstance(repo, CachingRepository):
            self._sources = repo.end()
        return cfg

    def _merged(self, defaults: Sequence[ResultDefault], repo: IConfigRepository) -> DictConfig:
        """Merge choices, from the longest beginning on that is kept, without defaults lists."""
        under = bool(self.folders.trusted_modules)
        parts = []
        for default in defaults:
            choice = repo.load_config(str(default.config_path))
            assert isinstance(choice, Choice)
            parts.append(Part(choice, default, under))
        begun, cfg, parting = _beginnings.of(parts)
        if parting:
            self._merge(cfg, defaults[begun:parting], repo)
            _beginnings.keep(parts[:parting], cfg)
        self._merge(cfg, defaults[max(begun, parting) :], repo)
        _strip_defaults(cfg)
        return cfg

    def _merge(
        self, cfg: DictConfig, defaults: Sequence[ResultDefault], repo: IConfigRepository
    ) -> None:
        with flag_override(cfg, "no_deepcopy_set_nodes", True):
            cfg.merge_with(
                *(self._load_single_config(default, repo).config for default in defaults)
            )

    @staticmethod
    def _embed_result_config(ret: ConfigResult, package_override: str | None) -> ConfigResult:
        assert isinstance(ret, Choice)
        placed = ret.placed.get(package_override)
        if placed is None:
            placed = ConfigLoaderImpl._embed_result_config(ret, package_override)
            ret.placed[package_override] = placed
        own = copy.copy(placed)
        own.config = copied(placed.config)  # which merging changes
        return own

    def prepare_values(self, cfg: DictConfig, values: Sequence[Override]) -> None:
        """Called with what was composed, and the values that are laid on it next."""

    def _sets_value(self, override: Override) -> bool:
        """Whether an override sets a value, and does not choose a file."""
        is_group = self.repository.group_exists(override.key_or_group)
        return not is_group or isinstance(override.value(), dict)


def _strip_defaults(node: Any) -> None:
    """Take out the defaults lists that Hydra has marked."""
    state = node.__dict__
    content = state["_content"]
    if not isinstance(content, dict):
        return
    if (state["_metadata"].flags or {}).get(_MARK):
        with flag_override(node, ["readonly", "struct"], False):
            node._set_flag(_MARK, None)
            node.pop("defaults", None)
    for child in content.values():
        if isinstance(child, DictConfig):
            _strip_defaults(child)


def _note(cfg: DictConfig, overrides: Sequence[Override]) -> None:
    """Note in Hydra's part what it notes of each composition."""
    of_task = [o for o in overrides if not o.is_hydra_override()]
    hydra, job = cfg.hydra, cfg.hydra.job
    hydra.overrides.hydra = [o.input_line for o in overrides if o.is_hydra_override()]
    hydra.overrides.task = [o.input_line for o in of_task]
    with open_dict(hydra):
        for name in job.env_copy:
            job.env_set[name] = os.environ[name]
    hydra.runtime.cwd = os.getcwd()  # noqa: PTH109  (as Hydra has it)
    if "name" not in job:
        job.name = JobRuntime.instance().get("name")
    style = job.config.override_dirname
    job.override_dirname = get_overrides_dirname(
        of_task, kv_sep=style.kv_sep, item_sep=style.item_sep, exclude_keys=style.exclude_keys
    )


@contextlib.contextmanager
def _without_needless_maps() -> Iterator[None]:
    """Have Hydra make the map of all choices only where the defaults list asks for one by name.

    It makes one for every file, which takes a fifth of a composition.
    """
    whole = hydras_defaults._create_interpolation_map

    def made(overrides: Any, defaults_list: list[InputDefault], self_added: bool) -> Any:
        if any("${" in str(word) for d in defaults_list for word in vars(d).values()):
            return whole(overrides, defaults_list, self_added)
        return None  # nobody looks at it

    hydras_defaults._create_interpolation_map = made
    try:
        yield
    finally:
        hydras_defaults._create_interpolation_map = whole


def _is_base(override: Override) -> bool:
    """Whether an override changes what Hydra notes, or where it searches: no value like others."""
    key = override.key_or_group
    return key == "hydra" or key.startswith(_HYDRAS) or override.is_sweep_override()


def _parsed(overrides: Iterable[str]) -> list[Override]:
    return [_read(text) if "shuffle" in text else _read_once(text) for text in overrides]


@lru_cache(maxsize=4096)
def _read_once(text: str) -> Override:
    return _read(text)


def _read(text: str) -> Override:
    override: Override = OverridesParser.create().parse_overrides([text])[0]
    return override
