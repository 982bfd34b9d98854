"""Hydra's loader, which composes once in a process what the jobs of a sweep have in common.

Which files a configuration is made of its groups' choices decide, and with them all that is read
and merged. Jobs that differ in single values have that in common: Hydra composes it once, and each
job's values are laid on a copy, by Hydra's own function. A sweep is so made of its files as they
were when a process first read them; another command line, or another call, reads them anew.
"""

from __future__ import annotations

import os
import secrets
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl, get_overrides_dirname
from hydra._internal.config_repository import CachingConfigRepository, IConfigRepository
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.utils import JobRuntime
from hydra.types import RunMode
from omegaconf import DictConfig, open_dict

from framework.configuration.interpolation import calls_resolver
from framework.configuration.quick_copy import quick

_MOST = 64  # bases kept: some 200 kB each
_HYDRAS = ("hydra.searchpath", "hydra.overrides", "hydra.runtime")


@dataclass(frozen=True)
class _Base:
    """A composition without single values, as Hydra made it; to be copied, never changed."""

    cfg: DictConfig
    noted: Any


_bases: OrderedDict[Hashable, _Base] = OrderedDict()


class SharingLoader(ConfigLoaderImpl):
    """Composes configurations as Hydra does.

    Attributes
    ----------
    noted : what a subclass notes of the files that it composes; it is as it was then.
    """

    def __init__(self) -> None:
        self.noted: Any = {}
        self._token = secrets.token_hex(8)  # the same in processes that it is sent to
        self._groups: dict[str, bool] = {}
        self._choosing: list[Override] = []
        self._stays = False
        self._laid_by_hydra: list[Override] = []

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
        values = [o for o in read if self._sets_value(o)]
        if base is None:
            self._laid_by_hydra = values
            try:
                return super()._load_configuration_impl(
                    config_name, overrides, run_mode, from_shell, validate_sweep_overrides
                )
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
    ) -> _Base | None:
        """Return what some overrides choose, composed by Hydra; None where that cannot be kept."""
        self._choosing = [o for o in overrides if not self._sets_value(o)]
        texts = [str(override.input_line) for override in self._choosing]
        key = (self._token, name, run_mode, *texts)
        base = _bases.pop(key, None)
        if base is None:
            self._stays = False
            cfg = super()._load_configuration_impl(
                name, texts, run_mode, validate_sweep_overrides=False
            )
            if not self._stays or cfg.hydra.searchpath or cfg.hydra.job.env_copy:
                return None
            base = _Base(cfg, self.noted)
        _bases[key] = base
        if len(_bases) > _MOST:
            _bases.popitem(last=False)
        return base

    def _compose_config_from_defaults_list(
        self, defaults: list[Any], repo: IConfigRepository
    ) -> DictConfig:
        assert isinstance(repo, CachingConfigRepository)
        listed = (d for result in repo.cache.values() if result for d in result.defaults_list or ())
        choosing = (str(vars(chooser)) for chooser in (*self._choosing, *listed))
        # What a resolver says, the environment or the time, may be another thing the next time.
        self._stays = not any(calls_resolver(text) for text in choosing)
        cfg = super()._compose_config_from_defaults_list(defaults, repo)
        self.prepare_values(cfg, self._laid_by_hydra)
        return cfg

    def prepare_values(self, cfg: DictConfig, values: Sequence[Override]) -> None:
        """Called with what was composed, and the values that are laid on it next."""

    def _sets_value(self, override: Override) -> bool:
        """Whether an override sets a value, and does not choose a file."""
        group = override.key_or_group
        if group not in self._groups:
            self._groups[group] = self.repository.group_exists(group)
        return not self._groups[group] or isinstance(override.value(), dict)


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
