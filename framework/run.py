"""A run: one training with its directory, from checked settings to the last file."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from framework import provenance, threads
from framework.component import Array
from framework.dataset import Data
from framework.errors import ConfigurationError, RunError, nearest
from framework.events import RunEvents
from framework.files import make_directory, write_json, write_text
from framework.measurement import Epoch, Measurement
from framework.network import Network
from framework.registry import Registry
from framework.settings import LayerPlan, Settings
from framework.trainer import Trainer

log = logging.getLogger("framework")
SUMMARY = "summary.json"


@dataclass(eq=False)
class Run:
    """One training: what it is made of, and what it came to.

    Attributes
    ----------
    directory : where its files lie.
    network, data, trainer : its parts.
    metrics : the record of each epoch so far.
    summary : final figures and all that is needed to tell this run from another.
    early_log : log records from before the directory was made.
    failures : a line for each callback that raised and was left out from then on.
    """

    settings: Settings
    registry: Registry
    directory: Path
    network: Network
    data: Data
    trainer: Trainer
    threads: int
    metrics: list[Epoch] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    early_log: list[logging.LogRecord] = field(default_factory=list, repr=False)
    failures: list[str] = field(default_factory=list)
    _losses: list[Array] = field(default_factory=list, repr=False)

    @property
    def losses(self) -> Array:
        """The loss of every step so far, penalties included."""
        return np.concatenate([*self._losses, np.empty(0, self.settings.dtype)])

    def keep_losses(self, losses: Array) -> None:
        """Keep the losses of the steps just taken."""
        self._losses.append(losses)

    @property
    def score(self) -> tuple[str, bool]:
        """The figure that ranks runs, the last metric on the validation set; is higher better."""
        name, metric = list(self.settings.metrics.items())[-1]
        return f"validation_{name}", metric.higher_is_better


def train(
    settings: Settings,
    registry: Registry,
    directory: Path,
    records: Mapping[str, str],
    *,
    cores: int,
) -> Run:
    """Train from checked settings; the directory is made when data and network are ready.

    Parameters
    ----------
    records : texts to keep in the directory's `.hydra/`: file name → content.
    cores : processor cores the run may use.

    Raises
    ------
    FrameworkError : when data, network and loss do not fit, or a file cannot be written.
    """
    if (directory / ".hydra").exists() or (directory / SUMMARY).exists():
        raise RunError(f"{directory}: holds a run already; choose another hydra.run.dir")
    with _collecting(log) as early:
        data_seed, network_seed, order_seed = np.random.SeedSequence(settings.seed).spawn(3)
        data = settings.data.load(np.random.default_rng(data_seed))
        data.check()
        network = Network(
            sized(settings.layers, data),
            data.sample_shape,
            settings.dtype,
            network_seed,
            data.scale,
        )
        _check_fit(settings, registry, data, network)
        trainer = Trainer(
            network,
            data,
            settings.loss,
            settings.trainer,
            np.random.default_rng(order_seed),
            keep_gradients=any(c.needs_gradients for c in settings.callbacks.values()),
        )
        count = threads.choose(network, settings.trainer, cores)
        run = Run(settings, registry, directory, network, data, trainer, count, early_log=early)
        events = RunEvents(run)
    make_directory(directory / ".hydra")
    for name, text in records.items():
        write_text(directory / ".hydra" / name, text)
    try:
        with threads.limited(run.threads):
            _drive(run, events, beside=_beside(settings, count, cores))
    except BaseException as error:
        events.hook.framework_run_failed(run=run, error=error)
        raise
    return run


def _beside(settings: Settings, count: int, cores: int) -> bool:
    """Whether epochs are measured on a second core: one is free, and no callback minds."""
    chosen = settings.trainer.threads == "auto" and count < cores
    return chosen and all(callback.passive for callback in settings.callbacks.values())


def _drive(run: Run, events: RunEvents, *, beside: bool) -> None:
    began, started = time.perf_counter(), datetime.now(UTC)
    events.hook.framework_run_started(run=run)
    events.measurement = measurement = Measurement(
        run.network,
        run.data,
        run.settings.loss,
        run.settings.metrics,
        run.settings.trainer.evaluation_rows,
        events.epoch_ended,
        beside=beside,
    )
    try:
        for walk in run.trainer.epochs(events):
            measurement.epoch_ended(walk)
        test = measurement.test()
        measurement.wait()
    finally:
        measurement.close()
    figures = dict(run.metrics[-1].figures) | test
    score, higher = run.score
    run.summary = {
        "figures": figures,
        "score": {"name": score, "value": figures[score], "higher_is_better": higher},
        "published": dict(run.settings.published),
        "epochs": len(run.metrics),
        "steps": run.trainer.steps,
        "seconds": round(time.perf_counter() - began, 3),
        "training_seconds": round(sum(record.seconds for record in run.metrics), 3),
        "started": started.isoformat(timespec="seconds"),
        "seed": run.settings.seed,
        "dtype": run.settings.dtype,
        "parameters": run.network.count(),
        "data": run.data.source,
        "components": provenance.origins(run.settings, run.registry),
        "plugins": [str(origin) for origin in run.registry.plugins],
        "versions": provenance.versions(),
        "git": provenance.git_state(),
        "machine": provenance.machine(run.threads),
        "failed_callbacks": [asdict(failure) for failure in events.failures],
    }
    write_json(run.directory / SUMMARY, run.summary)
    events.hook.framework_run_ended(run=run)
    run.failures = [str(failure) for failure in events.failures]
    if len(run.failures) > len(run.summary["failed_callbacks"]):
        run.summary["failed_callbacks"] = [asdict(failure) for failure in events.failures]
        write_json(run.directory / SUMMARY, run.summary)


class _Collector(logging.Handler):
    def __init__(self, found: list[logging.LogRecord]) -> None:
        super().__init__()
        self._found = found

    def emit(self, record: logging.LogRecord) -> None:
        self._found.append(record)


@contextmanager
def _collecting(logger: logging.Logger) -> Iterator[list[logging.LogRecord]]:
    """Keep what is logged before there is a file to log to."""
    found: list[logging.LogRecord] = []
    handler = _Collector(found)
    logger.addHandler(handler)
    try:
        yield found
    finally:
        logger.removeHandler(handler)


def sized(plans: tuple[LayerPlan, ...], data: Data) -> list[LayerPlan]:
    """Give the output layer as many units as the data has classes or targets."""
    return [
        replace(plan, layer=replace(plan.layer, **{"units": data.outputs}))
        if plan.sized_by_data
        else plan
        for plan in plans
    ]


def _check_fit(settings: Settings, registry: Registry, data: Data, network: Network) -> None:
    if settings.loss.targets != data.target_kind:
        suiting = [
            name
            for name in registry.names("loss")
            if getattr(registry.entry("loss", name).component, "targets", "") == data.target_kind
        ]
        raise ConfigurationError(
            f"loss: {registry.name_of(settings.loss)} compares with {settings.loss.targets}, but"
            f" {data.source} gives {data.target_kind}; {nearest('', suiting, among='expected')}"
        )
    if network.outputs != (data.outputs,):
        what = "classes" if data.target_kind == "labels" else "values a row"
        raise ConfigurationError(
            f"model: the last layer, '{network.links[-1].label}', gives outputs of shape"
            f" {network.outputs}, but {data.source} has {data.outputs} {what};"
            f" expected ({data.outputs},)"
        )
