"""A search: Optuna proposes the values of a sweep's jobs, batch after batch, from their scores.

`hydra/sweeper=search`. Hydra's own plugin for Optuna asks for Optuna 2, whose storages do not work
with the SQLAlchemy of today; this needs only what Optuna 2 to 5 have in common: ask, suggest, tell.
"""

from __future__ import annotations

import itertools
import logging
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hydra.core.override_parser.types import IntervalSweep, QuotedString, RangeSweep, Sweep
from omegaconf import OmegaConf

from framework.components.base import hyperparameter, non_negative
from framework.configuration.override import Override
from framework.configuration.quoting import written
from framework.errors import ConfigurationError, RunError
from framework.files.writing import write_text
from framework.sweeps.grid import Choices, check_lengths, effective
from framework.text import nearest, one_line
from framework.version import DISTRIBUTION

log = logging.getLogger("framework")
RESULTS = "optimization_results.yaml"
Launch = Callable[[Sequence[Sequence[str]], int], Sequence[Any]]

_SAMPLERS = {
    "tpe": "TPESampler",
    "random": "RandomSampler",
    "grid": "RandomSampler",  # its points are handed to the study one by one
    "cmaes": "CmaEsSampler",
    "nsgaii": "NSGAIISampler",
}


@dataclass(frozen=True)
class SearchSettings:
    """The group `hydra/sweeper` when it is a search."""

    direction: Literal["minimize", "maximize"] = hyperparameter(
        "maximize", "which scores are better"
    )
    n_trials: int = hyperparameter(30, "jobs in all", at_least=1)
    n_jobs: int = hyperparameter(
        2, "jobs proposed, and by a parallel launcher run, at once", at_least=1
    )
    max_failure_rate: float = non_negative(1.0, "share of a batch that may fail")
    storage: str | None = hyperparameter(None, "database to keep the study in, sqlite:///name.db")
    study_name: str | None = hyperparameter(None, "its name there")
    sampler: Any = hyperparameter({}, "name and options of what proposes")


@dataclass(frozen=True)
class Dimension:
    """What is searched along: one key, or several whose values are zipped.

    Attributes
    ----------
    name : as Optuna knows it.
    labels, points : of choices: what Optuna sees, and the overrides that each stands for.
    key, low, high, step, log : of numbers: the key, and the range of its values.
    """

    name: str
    labels: tuple[Any, ...] = ()
    points: tuple[tuple[tuple[str, Any], ...], ...] = ()
    low: float = 0
    high: float = 0
    step: float | None = None
    log: bool = False

    def suggest(self, trial: Any) -> list[tuple[str, Any]]:
        """Have a trial propose; return keys and values."""
        if self.points:
            label = trial.suggest_categorical(self.name, self.labels)
            same = [type(other) is type(label) and other == label for other in self.labels]
            return list(self.points[same.index(True)])
        low, high = self.low, self.high
        if all(isinstance(n, int) for n in (low, high, self.step or 1)):
            value = trial.suggest_int(self.name, low, high, step=self.step or 1, log=self.log)
        else:
            value = trial.suggest_float(self.name, low, high, step=self.step, log=self.log)
        return [(self.name, value)]

    def listed(self) -> list[Any]:
        """List its values as Optuna sees them.

        Raises
        ------
        ConfigurationError : when there are too many to list.
        """
        if self.points:
            return list(self.labels)
        if self.step is None:
            raise ConfigurationError(f"{self.name}: a grid needs values that can be listed")
        count = round((self.high - self.low) / self.step) + 1
        return [self.low + i * self.step for i in range(count)]


def search(
    settings: SearchSettings,
    overrides: Sequence[Override],
    choices: Choices,
    launch: Launch,
    directory: Path,
) -> None:
    """Run jobs on the values that Optuna proposes; leave the best in `optimization_results.yaml`.

    Parameters
    ----------
    launch : runs a batch of jobs, given their overrides and the first one's number.
    directory : the sweep's.

    Raises
    ------
    ConfigurationError : when something cannot be searched, or the study not be opened.
    RunError : when too many jobs of a batch failed.
    """
    kept = effective(overrides)
    fixed = [text for o in kept if not o.swept for text in o.texts(choices.get(o.key, ()))]
    dimensions = dimensions_of([o for o in kept if o.swept], choices)
    study = _study(settings)
    done = [trial for trial in study.trials if trial.state.name == "COMPLETE"]
    if done:
        log.info("the study '%s' holds %d finished trials", study.study_name, len(done))
    todo = settings.n_trials - len(done)
    grid = None
    if settings.sampler.get("name") == "grid":
        grid = itertools.product(*(dimension.listed() for dimension in dimensions))
        todo = min(todo, math.prod(len(dimension.listed()) for dimension in dimensions))
    best: dict[int, dict[str, Any]] = {}
    number = len(study.trials)
    while todo > 0:
        trials = []
        for _ in range(min(settings.n_jobs, todo)):
            if grid is not None:
                names = [dimension.name for dimension in dimensions]
                study.enqueue_trial(dict(zip(names, next(grid), strict=True)))
            trials.append(study.ask())
        values = [[pair for d in dimensions for pair in d.suggest(trial)] for trial in trials]
        batch = [[*fixed, *(f"{k}={written(v)}" for k, v in pairs)] for pairs in values]
        outcomes = launch(batch, number)
        number += len(trials)
        todo -= len(trials)
        failed = 0
        for trial, pairs, outcome in zip(trials, values, outcomes, strict=True):
            best[trial.number] = {key: _shown(value) for key, value in pairs}
            failed += not _report(study, trial, outcome.return_value)
        if failed > settings.max_failure_rate * len(trials):
            raise RunError(
                f"hydra.sweeper.max_failure_rate: {failed} of {len(trials)} jobs failed;"
                " the search ends"
            )
    _conclude(study, best, directory)


def dimensions_of(swept: Sequence[Override], choices: Choices) -> list[Dimension]:
    """Return what is searched along.

    Raises
    ------
    ConfigurationError : when Optuna cannot draw from it.
    """
    if not swept:
        raise ConfigurationError(
            "hydra/sweeper=search: there is nothing to search; give a key several values, such as"
            " seed=0,1,2 or interval(1e-4,1)"
        )
    zipped = {o.element: o.values(choices.get(o.key, ())) for o in swept if o.zipped}
    check_lengths({key: len(values) for key, values in zipped.items()})
    dimensions = [_dimension(o, choices.get(o.key, ())) for o in swept if not o.zipped]
    if zipped:
        points = [
            tuple(zip(zipped, row, strict=True)) for row in zip(*zipped.values(), strict=True)
        ]
        labels = [", ".join(written(value) for _, value in point) for point in points]
        dimensions.append(_of_points(", ".join(zipped), labels, points))
    return dimensions


def _dimension(override: Override, choices: Any) -> Dimension:
    given, key = override.value, override.element
    tags = given.tags if isinstance(given, Sweep) else set()
    for tag in tags - {"log"}:
        raise ConfigurationError(f"{override.text}: there is no tag '{tag}'; one of 'log'")
    log_scale = "log" in tags
    if isinstance(given, IntervalSweep):
        low, high = given.start, given.end
        if low is None or high is None or not low < high or (log_scale and low <= 0):
            raise ConfigurationError(f"{override.text}: is not an interval that can be drawn from")
        return Dimension(key, low=low, high=high, log=log_scale)
    values = override.values(choices)
    if isinstance(given, RangeSweep) and not given.shuffle and len(values) > 1 and not choices:
        step = given.step if values[-1] > values[0] else -given.step
        low, high = min(values[0], values[-1]), max(values[0], values[-1])
        if log_scale and (step != 1 or low <= 0):
            raise ConfigurationError(f"{override.text}: on a log scale the step is 1, from 1 on")
        return Dimension(key, low=low, high=high, step=step, log=log_scale)
    if log_scale:
        raise ConfigurationError(f"{override.text}: choices have no log scale")
    return _of_points(key, [_shown(v) for v in values], [((key, value),) for value in values])


def _of_points(
    name: str, labels: Sequence[Any], points: Sequence[tuple[tuple[str, Any], ...]]
) -> Dimension:
    """Make a dimension of choices, each of them once."""
    unique = {(type(label), label): point for label, point in zip(labels, points, strict=True)}
    return Dimension(name, tuple(label for _, label in unique), tuple(unique.values()))


def _shown(value: Any) -> Any:
    """Return a value as Optuna and a results file can hold it."""
    if isinstance(value, QuotedString):
        return value.text
    return value if value is None or isinstance(value, bool | int | float | str) else written(value)


def _study(settings: SearchSettings) -> Any:
    try:
        import optuna
    except ImportError as error:
        raise ConfigurationError(
            "hydra/sweeper=search: is not installed;"
            f" pip install '{DISTRIBUTION}[search]' brings it"
        ) from error
    version = tuple(int(part) for part in optuna.__version__.split(".")[:2])
    if settings.storage is not None and version < (3, 1):
        raise ConfigurationError(
            f"hydra.sweeper.storage: needs optuna 3.1 or newer, here is {optuna.__version__};"
            f" pip install -U '{DISTRIBUTION}[search]' brings it"
        )
    optuna.logging.set_verbosity(logging.WARNING)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    sampler = _sampler(settings.sampler, optuna)
    try:
        return optuna.create_study(
            storage=settings.storage,
            study_name=settings.study_name,
            sampler=sampler,
            direction=settings.direction,
            load_if_exists=True,
        )
    except Exception as error:  # of any database's driver
        where = "storage" if settings.storage is not None else "study_name"
        raise ConfigurationError(
            f"hydra.sweeper.{where}: the study cannot be opened: {one_line(error)}"
        ) from error


def _sampler(node: Any, optuna: Any) -> Any:
    options = {"name": node} if isinstance(node, str) else dict(node)
    name = str(options.pop("name", None))
    if name not in _SAMPLERS:
        raise ConfigurationError(
            f"hydra.sweeper.sampler.name: there is no sampler '{name}'; {nearest(name, _SAMPLERS)}"
        )
    try:
        return getattr(optuna.samplers, _SAMPLERS[name])(**options)
    except (TypeError, ValueError, ImportError) as error:
        raise ConfigurationError(f"hydra.sweeper.sampler: {one_line(error)}") from error


def _report(study: Any, trial: Any, score: object) -> bool:
    """Tell the study how a job ended; return whether it has a score."""
    from optuna.trial import TrialState

    if not isinstance(score, int | float) or not math.isfinite(score):
        study.tell(trial, state=TrialState.FAIL)
        return False
    study.tell(trial, float(score))
    return True


def _conclude(study: Any, values: Mapping[int, Mapping[str, Any]], directory: Path) -> None:
    """Write the best values down; when every job failed there are none."""
    if not any(trial.state.name == "COMPLETE" for trial in study.trials):
        return
    trial = study.best_trial
    best = dict(values.get(trial.number, trial.params))
    results = {"name": "optuna", "best_params": best, "best_value": trial.value}
    write_text(directory / RESULTS, OmegaConf.to_yaml(OmegaConf.create(results)))
    words = " ".join(f"{key}={written(value)}" for key, value in best.items())
    log.info("best of %d trials: %s, score %s", len(study.trials), words, trial.value)
