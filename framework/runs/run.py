"""A run: one training, what it is made of and what it came to."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from framework.components.base import Array
from framework.components.dataset import Data
from framework.components.epoch import Epoch
from framework.engine.evaluated import Evaluated
from framework.engine.network import Network
from framework.engine.not_copied import Bound
from framework.errors import CallbacksError, ConfigurationError
from framework.registry.registry import Registry
from framework.runs.hearing import Hearing, check_figures, hearing_of
from framework.settings.settings import RunSettings
from framework.text import nearest
from framework.training.measured import Measured
from framework.training.trainer import Trainer


@dataclass(eq=False, repr=False)
class Run(Bound):
    """One training: what it is made of, and what it came to.

    Attributes
    ----------
    directory : where its files lie.
    network, data, trainer : its parts. When training is over, `network` is what was evaluated.
    evaluated : the network that is measured and exported, where that is not the trained one.
    metrics : the record of each epoch so far.
    summary : final figures and all that is needed to tell this run from another.
    early_log : log records from before the directory was made.
    stopped : why the run ends before its last epoch; empty when it does not.
    stop_after : an epoch that must be over before it does.
    final : the record of the epoch whose weights are final; None for the last one.
    failures : a line for each callback that raised and was left out from then on.
    hearing : the schedules that hear figures.
    initial : what the weights it started from were; empty where they were drawn.
    kept : whether its directory stays when nothing refers to the run any more.
    """

    settings: RunSettings
    registry: Registry
    directory: Path
    network: Network
    data: Data
    trainer: Trainer
    threads: int
    metrics: list[Epoch] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    early_log: list[logging.LogRecord] = field(default_factory=list, repr=False)
    stopped: str = ""
    stop_after: int = 0
    final: Epoch | None = None
    failures: list[str] = field(default_factory=list)
    initial: Mapping[str, Any] = field(default_factory=dict)
    kept: bool = True
    evaluated: Evaluated = field(init=False, repr=False)
    hearing: Hearing = field(init=False, repr=False)
    _started: str = field(
        default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"), repr=False
    )
    _began: float = field(default_factory=time.perf_counter, repr=False)

    def __post_init__(self) -> None:
        self.evaluated = Evaluated(self.network)
        self.hearing = hearing_of(self.settings)
        check_figures(self.hearing, self.directions)

    def __repr__(self) -> str:
        from framework.runs.shown import shown_line

        return shown_line(self)

    def _repr_html_(self) -> str:
        from framework.runs.shown import shown_page

        return shown_page(self)

    def evaluate_with(self, arrays: Mapping[str, Array]) -> None:
        """Have arrays stand in the place of the network's own where it is measured: for callbacks.

        They are evaluated, saved as final and exported, and are `network` once training is over;
        the network that is trained stays as it is, and so does what checkpoints hold. Arrays are
        read when they are needed: go on writing into them. Keep them in ``framework_state``, and
        give them again in ``framework_run_resumed``. An empty mapping takes them back.

        Parameters
        ----------
        arrays : some of `Network.parameters`, or of `Network.state`, by name.

        Raises
        ------
        ValueError : when the network has no such array, or has it in another shape.
        """
        self.evaluated.give(arrays)

    def measured_arrays(self) -> dict[str, Array]:
        """Return the parameters and the layers' state of the network as it is measured, by name.

        They are the arrays themselves, which go on changing: copy what is to be kept.
        """
        network = self.evaluated.refreshed()
        return network.parameters() | network.state()

    def end_with(self, record: Epoch, arrays: Mapping[str, Array]) -> None:
        """Have the weights and figures of an earlier epoch be the run's: for callbacks.

        To be called in ``framework_training_ended``; the test figures are measured after it.

        Parameters
        ----------
        record : the epoch's; its figures are the summary's.
        arrays : as for `evaluate_with`.
        """
        self.evaluate_with(arrays)
        self.final = record

    @property
    def history(self) -> dict[str, list[float]]:
        """The epochs by column, as `metrics.csv` has them: ``pandas.DataFrame(run.history)``."""
        columns: dict[str, list[float]] = {
            "epoch": [record.number for record in self.metrics],
            "steps": [record.steps for record in self.metrics],
            "seconds": [record.seconds for record in self.metrics],
            "batch_loss": [record.batch_loss for record in self.metrics],
        }
        for name in self.metrics[0].figures if self.metrics else ():
            columns[name] = [float(record.figures[name]) for record in self.metrics]
        return columns

    @property
    def losses(self) -> Array:
        """The loss of every step so far, penalties included."""
        return self.trainer.losses

    def stop(self, reason: str) -> None:
        """End the run, in good order, when the epoch that ended is the last: for callbacks.

        The summary then has the reason as `stopped`. Called in ``framework_epoch_ended`` by a
        callback that is not passive, no further step is taken; by a passive one, which may hear of
        an epoch while the next is under way, that next epoch is the last. Checkpoints keep it.
        """
        self.stopped = self.stopped or reason

    def ends_after(self, epoch: int) -> bool:
        """Whether the run, having been stopped, ends with an epoch that is over."""
        return bool(self.stopped) and epoch > self.stop_after

    def outcome(self) -> float:
        """Return the score the run ended with, as a job does.

        Raises
        ------
        CallbacksError : when callbacks failed on the way; a line for each.
        """
        score = self.summary["score"]["value"]
        value = float("nan") if score is None else float(score)
        if self.failures:
            raise CallbacksError("\n".join(self.failures), value)
        return value

    @property
    def score(self) -> tuple[str, bool]:
        """The figure that ranks runs, the last metric's (first) on the validation set, and which
        way it does.
        """
        last = self.measured[-1]
        return f"validation_{last.figures[0]}", last.metric.higher_is_better

    @property
    def measured(self) -> tuple[Measured, ...]:
        """The metrics, each with the names of its figures."""
        return Measured.of(self.settings.metrics, self.network.outputs[0], self.data.outputs)

    @property
    def directions(self) -> dict[str, bool]:
        """Every figure of an epoch, and whether higher is better."""
        return {
            f"{split}_{name}": metric.metric.higher_is_better
            for split in ("train", "validation")
            for metric in self.measured
            for name in metric.figures
        }

    def higher_is_better(self, figure: str) -> bool:
        """Return which way a figure of the epochs is better: for callbacks that follow one.

        Raises
        ------
        ConfigurationError : when the run does not measure it, or has no rows to measure it on.
        """
        directions = self.directions
        if figure not in directions:
            raise ConfigurationError(
                f"follows the figure '{figure}', which is not measured;"
                f" {nearest(figure, directions)}"
            )
        if figure.startswith("validation_") and not len(self.data.validation):
            raise ConfigurationError(
                f"follows the figure '{figure}', but {self.data.source} has no validation rows"
            )
        return directions[figure]

    @property
    def best(self) -> Epoch | None:
        """The epoch with the best score so far, the first of several; None without a score."""
        name, higher = self.score
        sign = 1 if higher else -1
        scored = [epoch for epoch in self.metrics if not math.isnan(epoch.figures[name])]
        return max(scored, key=lambda epoch: sign * epoch.figures[name], default=None)

    def clock(self) -> dict[str, Any]:
        """Return when the run started, and how many seconds it has taken, pauses apart."""
        return {"started": self._started, "seconds": time.perf_counter() - self._began}

    def set_clock(self, started: str, seconds: float) -> None:
        """Resume a clock that was stopped."""
        self._started, self._began = started, time.perf_counter() - seconds
