"""The job that draws a schedule before it is used."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from framework import (
    Array,
    DrawingError,
    FigureSchedule,
    Invocation,
    Job,
    RunError,
    Schedule,
    Span,
    hyperparameter,
    make_directory,
    painter,
    refuse_link,
    run_schedules,
    table,
    write_text,
)

from ..using import drawings

log = logging.getLogger("framework")
_ROWS = 11  # of the table that is printed
_MOST_POINTS = 5000  # of the picture


@dataclass(frozen=True)
class DrawSchedule(Job):
    """Draw a schedule, or those of the run that is configured, and print a table of their values.

    schedule.png has the picture, schedule.csv the value at every step.
    """

    schedule: Schedule | None = hyperparameter(
        None, "the schedule; null: those of the run that is configured"
    )
    epochs: int | None = hyperparameter(None, "epochs; null: trainer.epochs", at_least=1)
    steps_per_epoch: int = hyperparameter(100, "steps of an epoch", at_least=1)
    output: str = hyperparameter(".", "folder for schedule.png and schedule.csv")

    def run(self, invocation: Invocation) -> None:
        trainer: Any = invocation.configuration.get("trainer")
        epochs = self.epochs
        if epochs is None:
            epochs = trainer.get("epochs") if isinstance(trainer, Mapping) else None
        if type(epochs) is not int or epochs < 1:
            raise RunError(f"trainer.epochs: expected a number of epochs, got {epochs!r}")
        run = Span(epochs * self.steps_per_epoch, self.steps_per_epoch)
        values: dict[str, Array] = {}
        for where, schedule in self._schedules(invocation, run).items():
            values[where] = np.array([schedule.at(step) for step in range(run.steps)], np.float64)
            if isinstance(schedule, FigureSchedule):
                print(
                    f"{where} follows {', '.join(schedule.figures())}: as it is before it hears\n"
                )
        folder = Path(self.output).expanduser()
        for name in ("schedule.csv", "schedule.png"):
            refuse_link(folder / name)
        make_directory(folder, "output")
        _write(folder / "schedule.csv", values, run)
        print(_table(values, run))
        _draw(folder / "schedule.png", values, run)
        print(f"\n{folder / 'schedule.csv'}")

    def _schedules(self, invocation: Invocation, run: Span) -> dict[str, Schedule]:
        """Return the schedules to draw, told of their run, of equal ones the first."""
        if self.schedule is not None:
            return {invocation.registry.name_of(self.schedule): self.schedule.over(run)}
        told: dict[str, Schedule] = {}
        for where, schedule in run_schedules(invocation.configuration, invocation.registry):
            if schedule not in told.values():
                told[where] = schedule
        if not told:
            raise RunError(
                "schedule: none is given, and the run has none; expected schedule=cosine, say, or"
                " +layer.update_rule.learning_rate=cosine"
            )
        return {where: schedule.over(run) for where, schedule in told.items()}


def _table(values: Mapping[str, Array], run: Span) -> str:
    shown = np.unique(np.linspace(0, run.steps - 1, _ROWS).round().astype(int)).tolist()
    rows = [
        [
            str(step),
            f"{step / run.steps_per_epoch:g}",
            *(f"{of[step]:.6g}" for of in values.values()),
        ]
        for step in shown
    ]
    return table(["step", "epoch", *values], rows)


def _write(path: Path, values: Mapping[str, Array], run: Span) -> None:
    names = ['"' + where.replace('"', '""') + '"' for where in values]
    lines = [",".join(["step", "epoch", *names])]
    columns = [of.tolist() for of in values.values()]
    for step, numbers in enumerate(zip(*columns, strict=True)):
        lines.append(
            ",".join([str(step), f"{step / run.steps_per_epoch:.6g}", *map(repr, numbers)])
        )
    write_text(path, "\n".join(lines) + "\n")


def _draw(path: Path, values: Mapping[str, Array], run: Span) -> None:
    """Draw them; a picture that cannot be drawn costs no number."""
    thin = np.unique(
        np.linspace(0, run.steps - 1, min(run.steps, _MOST_POINTS)).round().astype(int)
    )
    paint = painter()
    paint.ask(
        drawings.draw_schedules,
        path,
        (7.0, 1.0 + 3.0 * len(values)),
        epochs=thin / run.steps_per_epoch,
        values=np.stack([of[thin] for of in values.values()]),
        names=np.array(list(values)),
    )
    try:
        paint.wait()
    except DrawingError as error:
        log.warning("%s", error)
    else:
        print(f"\n{path}")
