"""Ending a run when a figure gets no better, with the best epoch's weights."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from framework import (
    Array,
    Callback,
    ConfigurationError,
    Epoch,
    Run,
    hookimpl,
    hyperparameter,
    non_negative,
    shown_figure,
)

log = logging.getLogger("framework")


@dataclass(frozen=True)
class EarlyStopping(Callback):
    r"""Stops a run whose figure has not improved for so many epochs; the best weights are final.

        better:  f > best + margin        (f < best − margin where lower is better)
        bad    ← 0 where it is better, else bad + 1
        stop where bad ≥ patience

    The best epoch's weights, as they were measured, and its figures are the run's, whether it
    stopped early or not; checkpoints keep the trained ones, and the best beside them. An epoch
    whose figure is not a number is no better.

    Prechelt, "Early stopping — but when?", 1998.

    >>> stopping = EarlyStopping(patience=2, margin=0.1)
    >>> stopping.is_better(0.85, 0.8, higher=True), stopping.is_better(0.85, 1.0, higher=False)
    (False, True)

    Differs: Keras takes the best weights only with ``restore_best_weights``, which is False there;
    PyTorch has none of its own, Lightning's stops alike (``patience`` 3, nothing restored).
    """

    changes_training: ClassVar[bool] = True

    figure: str | None = hyperparameter(None, "the figure; null: the one that ranks runs")
    mode: Literal["auto", "min", "max"] = hyperparameter(
        "auto", "whether smaller or larger is better; auto: as its metric says"
    )
    patience: int = hyperparameter(10, "epochs without improvement that end it", at_least=1)
    margin: float = non_negative(0.0, "how much better counts")
    restore: bool = hyperparameter(True, "whether the best epoch's weights are the final ones")

    def is_better(self, figure: float, best: float, *, higher: bool) -> bool:
        """Return whether a figure is better than the best so far, which is nan before the first."""
        if math.isnan(best):
            return not math.isnan(figure)
        return figure > best + self.margin if higher else figure < best - self.margin

    def listener(self, run: Run) -> object:
        figure = run.score[0] if self.figure is None else self.figure
        try:
            higher = run.higher_is_better(figure)
        except ConfigurationError as error:
            raise ConfigurationError(f"callbacks: early stopping {error}") from error
        if self.mode != "auto":
            higher = self.mode == "max"
        return _Best(self, figure, higher)


@dataclass
class _Best:
    """The best epoch so far, and its weights."""

    settings: EarlyStopping
    figure: str
    higher: bool
    epoch: int = 0
    value: float = math.nan
    bad: int = 0
    arrays: dict[str, Array] = field(default_factory=dict)

    @hookimpl
    def framework_epoch_ended(self, run: Run, record: Epoch) -> None:
        if not record.measured:
            return
        figure = record.figures[self.figure]
        if self.settings.is_better(figure, self.value, higher=self.higher):
            self.epoch, self.value, self.bad = record.number, figure, 0
            if self.settings.restore:
                self.arrays = {name: a.copy() for name, a in run.measured_arrays().items()}
            return
        self.bad += 1
        if self.bad >= self.settings.patience:
            best = f", at best {shown_figure(self.value)} in epoch {self.epoch}"
            run.stop(
                f"after epoch {record.number}: {self.figure} has not improved for {self.bad}"
                f" epoch{'s' * (self.bad > 1)}{best if self.epoch else ''}"
            )

    @hookimpl
    def framework_training_ended(self, run: Run) -> None:
        if self.arrays:
            run.end_with(run.metrics[self.epoch - 1], self.arrays)
            log.info("the weights of epoch %d are final", self.epoch)

    @hookimpl
    def framework_state(self, run: Run) -> Mapping[str, Any]:
        return {
            "epoch": self.epoch,
            "value": self.value if self.epoch else None,
            "bad": self.bad,
            "arrays": self.arrays,
        }

    @hookimpl
    def framework_run_resumed(self, run: Run, state: Mapping[str, Any]) -> None:
        if state:
            self.epoch, self.bad = state["epoch"], state["bad"]
            self.value = math.nan if state["value"] is None else state["value"]
            self.arrays = dict(state["arrays"])
