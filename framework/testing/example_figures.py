"""Courses of figures, epoch by epoch, for schedules that hear them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from framework.components.epoch import Epoch
from framework.components.figure_schedule import FigureSchedule, Memory

EPOCHS = 60
PER_EPOCH = 40


def courses() -> dict[str, list[float]]:
    """Return figures of some runs: they improve or get worse, slowly or fast, or stay."""
    numbers = np.arange(EPOCHS)
    noise = 0.05 * np.random.default_rng(0).standard_normal(EPOCHS)
    made = {
        "that stay": np.full(EPOCHS, 1.0),
        "that fall": 0.9**numbers,
        "that rise": 2.0 - 0.9**numbers,
        "that hardly fall": 1.0 - 2e-5 * numbers,
        "that hardly rise": 1.0 + 2e-5 * numbers,
        "that fall by a thousandth": 0.999**numbers,
        "with noise": 0.5 + 0.5 * 0.9**numbers + noise,
    }
    return {name: course.tolist() for name, course in made.items()}


def records(course: Sequence[float]) -> Iterator[Epoch]:
    """Yield an epoch for each figure of a course: whatever figure is asked for, it is that."""
    for number, figure in enumerate(course, start=1):
        figures: defaultdict[str, float] = defaultdict(lambda figure=figure: figure)  # type: ignore[misc]
        yield Epoch(number, PER_EPOCH * number, 1.0, figure, figures)


def values(schedule: FigureSchedule, course: Sequence[float]) -> list[float]:
    """Return a schedule's value after each epoch of a course, in a run of its own."""
    memory = Memory(schedule.slots())
    heard = schedule.remembering(memory)
    given = [float(heard.at(0))]
    for record in records(course):
        heard.epoch_ended(record, memory)
        given.append(float(heard.at(record.steps)))
    return given
