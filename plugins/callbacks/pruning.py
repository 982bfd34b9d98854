"""Ending a sweep's unpromising runs early."""

from __future__ import annotations

import csv
import io
import logging
import math
import statistics
from dataclasses import dataclass
from pathlib import Path

from framework import (
    Callback,
    Epoch,
    Run,
    RunError,
    finished_beside,
    hookimpl,
    hyperparameter,
    read_text,
    shown_figure,
)

log = logging.getLogger("framework")
_LARGEST = 1 << 28  # bytes of the figures of a run's epochs


@dataclass(frozen=True)
class Pruning(Callback):
    r"""Stops a run whose best score so far is worse than the median of the finished runs' averages.

        stop after epoch n  if  best(s₁ … sₙ)  <  median over finished runs of mean(r₁ … rₙ)

    with s and r the figure that ranks runs, and < the other way round when lower is better. Runs
    are compared with those of the same sweep that went their whole way; a single run is never
    stopped.

    The median stopping rule: Golovin et al., "Google Vizier: a service for black-box
    optimization", 2017, section 3.1.
    """

    epochs: int = hyperparameter(3, "epochs that every run is given", at_least=1)
    runs: int = hyperparameter(4, "finished runs that it takes to compare with", at_least=1)

    @hookimpl
    def framework_epoch_ended(self, run: Run, record: Epoch) -> None:
        if not record.measured:
            return
        if not self.epochs <= record.number < run.settings.trainer.epochs:
            return
        name, higher = run.score
        try:
            beside = finished_beside(run.directory)
        except RunError as error:
            log.warning("%s; the run is compared with none", error)
            return
        curves = [_curve(path / "metrics.csv", name) for path in beside]
        means = [
            statistics.fmean(measured)
            for curve in curves
            if len(curve) >= record.number
            and (measured := [s for s in curve[: record.number] if not math.isnan(s)])
        ]
        if len(means) < self.runs:
            return
        own = [epoch.figures[name] for epoch in run.metrics if math.isfinite(epoch.figures[name])]
        sign = 1.0 if higher else -1.0
        best = sign * max((sign * figure for figure in own), default=-math.inf)
        median = statistics.median(means)
        if sign * best < sign * median:
            run.stop(
                f"after epoch {record.number}: {name} {shown_figure(best)} at best, worse than the"
                f" median {shown_figure(median)} of {len(means)} finished runs"
            )


def _curve(path: Path, name: str) -> list[float]:
    """Read the score after each epoch of another run; empty when it left none."""
    try:
        rows = csv.DictReader(io.StringIO(read_text(path, _LARGEST)))
        curve = [float(row[name]) for row in rows]
    except (RunError, csv.Error, ValueError, KeyError, TypeError) as error:
        log.warning("%s: cannot be compared with: %s", path, error)
        return []
    return curve if not any(map(math.isinf, curve)) else []
