"""A sweep, planned from what Hydra composed and handed to Hydra's launchers.

Hydra's own way would compose the whole command line, values to sweep over left out, and so refuse a
key that only the swept choices have. Here a configuration of the first job stands for all: from it
come the sweep's directory, launcher, sweeper and further parameters, however they were given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra._internal.callbacks import Callbacks
from hydra._internal.core_plugins.basic_sweeper import BasicSweeperConf
from hydra.core.config_loader import ConfigLoader
from hydra.core.hydra_config import HydraConfig
from hydra.core.plugins import Plugins
from hydra.types import HydraContext, RunMode, TaskFunction
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from framework.configuration.hydra_keys import (
    absolute,
    check_subdirectory,
    check_sweep,
    directory_of,
)
from framework.configuration.override import Override, parse
from framework.configuration.quoting import assignment, written
from framework.errors import ConfigurationError, RunError
from framework.files.directories import make_directory
from framework.registry.registry import Registry
from framework.settings.reader import Reader
from framework.sweeps import grid
from framework.sweeps.grid import Choices
from framework.sweeps.search import SearchSettings, search

_MODE = "hydra.mode=MULTIRUN"
_RECORD = "multirun.yaml"  # as Hydra's own sweeper leaves it
_GRID = BasicSweeperConf._target_
_NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_NUMBERS = re.compile(
    rf"(?P<key>[a-z_][\w.]*)=(?:{_NUMBER}|(?P<list>\[{_NUMBER}(?:,{_NUMBER})*\]))"
)
Explain = Callable[[BaseException, Sequence[str]], str]


@dataclass(frozen=True)
class Sweep:
    """A sweep that can be launched.

    Attributes
    ----------
    cfg : the first job's configuration, with Hydra's part; launchers start from it.
    overrides : the sweeper's parameters, then the command line's.
    choices : of each config group.
    directory : where its jobs lie, absolute.
    shown : the same, as it was given.
    """

    cfg: DictConfig
    overrides: Sequence[Override]
    choices: Choices
    directory: Path
    shown: str


def first_job(overrides: Sequence[Override], choices: Choices) -> list[str]:
    """Write the overrides with the first value of each sweep."""
    return [_first(override, choices) for override in grid.effective(overrides)]


def asks_for_sweep(
    loader: ConfigLoader, name: str, overrides: Sequence[Override], choices: Choices
) -> bool:
    """Whether a configuration's `hydra.mode` is a sweep."""
    return bool(_outline(loader, name, overrides, choices).hydra.mode == RunMode.MULTIRUN)


def plan(
    loader: ConfigLoader, name: str, overrides: Sequence[Override], choices: Choices
) -> Sweep | None:
    """Compose for a sweep; None when the configuration asks for none.

    Parameters
    ----------
    name : the primary configuration.
    overrides : those of the command line, `hydra.mode=MULTIRUN` among them for `-m`.

    Raises
    ------
    ConfigurationError : when Hydra itself is swept over, or a directory cannot be one.
    """
    cfg = _outline(loader, name, overrides, choices)
    if cfg.hydra.mode != RunMode.MULTIRUN:
        return None
    check_sweep(overrides)
    every = [*_parameters(cfg), *overrides]
    cfg = _composed(loader, name, every, choices)
    cfg.hydra.job.num, cfg.hydra.job.id = 0, "0"
    HydraConfig.instance().set_config(cfg)
    with read_write(cfg.hydra), open_dict(cfg.hydra):
        shown = directory_of(cfg, "hydra.sweep.dir")
        check_subdirectory(OmegaConf.select(cfg, "hydra.sweep.subdir"))
        directory = absolute(shown)
        if "${" in str(directory):
            raise ConfigurationError(
                f"hydra.sweep.dir: Hydra's launchers cannot take a path with '${{', got {shown!r}"
            )
        place = assignment("hydra.sweep.dir", str(directory))
        cfg.hydra.sweep.dir = str(directory)
        cfg.hydra.overrides.hydra = [
            *(text for o in overrides if o.of_hydra for text in [o.text]),
            *(_MODE, place),
        ]
        cfg.hydra.overrides.task = [o.text for o in overrides if not o.of_hydra]
        for key in ("num", "id"):
            cfg.hydra.job[key] = "???"
    return Sweep(cfg, every, choices, directory, shown)


def launch(
    sweep: Sweep, loader: ConfigLoader, task: TaskFunction, registry: Registry, explain: Explain
) -> None:
    """Run the jobs of a sweep.

    Parameters
    ----------
    task : runs one job, in whichever process.
    explain : says in one line what is wrong with a job's overrides.

    Raises
    ------
    RunError : when a job's configuration cannot be composed; none was started.
    ConfigurationError : when a sweeper does not know what it shall sweep over.
    """
    cfg, overrides = sweep.cfg, [o for o in sweep.overrides if not o.of_hydra]
    callbacks = Callbacks(cfg)
    callbacks.on_multirun_start(config=cfg, config_name=cfg.hydra.job.config_name)
    context = HydraContext(config_loader=loader, callbacks=callbacks)
    node = OmegaConf.to_container(cfg.hydra.sweeper, resolve=True)
    assert isinstance(node, dict)
    own = node.get("_target_") == _GRID or "name" in node
    if own:
        launcher = Plugins.instance().instantiate_launcher(
            hydra_context=context, task_function=task, config=cfg
        )

        def run(batch: Sequence[Sequence[str]], number: int) -> Sequence[Any]:
            _validate(loader, sweep, batch, explain)
            if not (sweep.directory / _RECORD).exists():
                make_directory(sweep.directory, "hydra.sweep.dir")
                OmegaConf.save(cfg, sweep.directory / _RECORD)
            return launcher.launch(batch, initial_job_idx=number)

    if node.get("_target_") == _GRID:
        points, size = grid.points(overrides, sweep.choices), node.get("max_batch_size")
        if size is not None and size < 1:
            raise ConfigurationError(
                f"hydra.sweeper.max_batch_size: must be at least 1, got {size}"
            )
        for start in range(0, len(points), size or len(points)):
            for job in run(points[start : start + (size or len(points))], start):
                _ = job.return_value  # raises what became of it
    elif own:
        settings = _search_settings(node, registry)
        search(settings, overrides, sweep.choices, run, sweep.directory)
    else:
        zipped = next((o for o in overrides if o.zipped), None)
        if zipped is not None:
            raise ConfigurationError(
                f"{zipped.text}: zip(…) is known to the grid and to hydra/sweeper=search,"
                f" not to {node.get('_target_')}"
            )
        sweeper = Plugins.instance().instantiate_sweeper(
            hydra_context=context, task_function=task, config=cfg
        )
        sweeper.sweep(arguments=list(cfg.hydra.overrides.task))
    callbacks.on_multirun_end(config=cfg, config_name=cfg.hydra.job.config_name)


def _composed(
    loader: ConfigLoader, name: str, overrides: Sequence[Override], choices: Choices
) -> DictConfig:
    return loader.load_configuration(
        name, first_job(overrides, choices), RunMode.RUN, from_shell=False
    )


def _outline(
    loader: ConfigLoader, name: str, overrides: Sequence[Override], choices: Choices
) -> DictConfig:
    """Compose without single values, which may be of a choice that is not yet known."""
    groups = [o for o in overrides if o.of_hydra or o.key in choices]
    return _composed(loader, name, groups, choices)


def _parameters(cfg: DictConfig) -> list[Override]:
    """Read the parameters that a configuration gives its sweeper."""
    node = OmegaConf.select(cfg, "hydra.sweeper.params")
    if node is None:
        return []
    params = OmegaConf.to_container(node, resolve=False)
    if not isinstance(params, Mapping):
        raise ConfigurationError(f"hydra.sweeper.params: expected a mapping, got {params!r}")
    texts = [f"{k!s}={v if isinstance(v, str) else written(v)}" for k, v in params.items()]
    parameters = parse(texts)
    for override in parameters:
        if override.of_hydra:
            raise ConfigurationError(f"hydra.sweeper.params.{override.key}: cannot be swept over")
    return parameters


def _first(override: Override, choices: Choices) -> str:
    known = choices.get(override.key, ())
    if override.swept and not override.zipped and not override.listed():
        start = getattr(override.value, "start", None)
        if start is not None:  # an interval
            return override.assigned(start)
    return override.texts(known)[0]


def _validate(
    loader: ConfigLoader,
    sweep: Sweep,
    batch: Sequence[Sequence[str]],
    explain: Explain,
) -> None:
    """See that each job can be composed; which numbers it has does not decide that."""
    good = set()
    for texts in batch:
        kinds = tuple(_number_or_text(text, sweep.choices) for text in texts)
        if kinds in good:
            continue
        try:
            loader.load_sweep_config(sweep.cfg, list(texts))
        except Exception as error:
            raise RunError(explain(error, texts)) from error
        good.add(kinds)


def _number_or_text(text: str, choices: Choices) -> str:
    """Return what decides whether a configuration takes an override.

    >>> _number_or_text("seed=3", {}), _number_or_text("model.hidden=[3,4]", {})
    ('seed=number', 'model.hidden=numbers')
    >>> _number_or_text("+seed=3", {}), _number_or_text("experiment=3", {"experiment": {"3"}})
    ('+seed=3', 'experiment=3')
    """
    number = _NUMBERS.fullmatch(text)
    if number is None or number["key"] in choices or number["key"].startswith("hydra"):
        return text
    return f"{number['key']}={'numbers' if number['list'] else 'number'}"


def _search_settings(node: Mapping[Any, Any], registry: Registry) -> SearchSettings:
    reader = Reader(registry)
    given = {k: v for k, v in node.items() if k not in ("name", "params")}
    settings = reader.fields(SearchSettings, given, "hydra.sweeper", "the search")
    reader.finish()
    assert settings is not None
    return settings
