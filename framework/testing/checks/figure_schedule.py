"""What a schedule that hears figures promises: all that it remembers is in what it is given."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import tempfile
from pathlib import Path

import numpy as np

from framework.components.figure_schedule import FigureSchedule, Memory, heard_in
from framework.components.metric import Metric
from framework.components.schedule import Schedule
from framework.runs.run import Run
from framework.testing import stand_ins
from framework.testing.check import Check, expect, promise
from framework.testing.example_batches import RUN
from framework.testing.example_figures import courses, records, values
from framework.testing.stand_in_callbacks import Crash
from framework.testing.tiny_run import quietly, registry_with, run_in, tiny, trained_by

_EPOCHS = 16
_CRASHES = (37, 84, 87)  # in the middle of an epoch; of seven steps; when one has just ended


@promise("one that hears figures gives finite numbers, whatever course they take.")
def hears(schedule: Schedule) -> None:
    if not isinstance(schedule, FigureSchedule):
        return
    slots = schedule.slots()
    whole = all(isinstance(k, str) and isinstance(v, int | float) for k, v in slots.items())
    expect(whole, f"slots gave {dict(slots)!r}; expected numbers by their names")
    expect(
        all(isinstance(name, str) for name in schedule.figures())
        and not isinstance(schedule.figures(), str),
        f"figures gave {schedule.figures()!r}; expected a tuple of names",
    )
    for name, course in courses().items():
        for epoch, number in enumerate(values(schedule.over(RUN), course)):
            expect(
                math.isfinite(number), f"after {epoch} epochs with figures {name} it is {number}"
            )


@promise("what it remembers is in its slots alone: not in itself, nor anywhere that runs share.")
def remembers(schedule: Schedule) -> None:
    if not isinstance(schedule, FigureSchedule):
        return
    schedule, before = schedule.over(RUN), repr(schedule.over(RUN))
    for name, course in courses().items():
        whole = values(schedule, course)
        expect(repr(schedule) == before, f"hearing figures {name} changed it to {schedule!r}")
        memory = Memory(schedule.slots())
        for epoch, record in enumerate(records(course), start=1):
            kept = {slot: array.copy() for slot, array in memory.arrays().items()}
            twin, memory = dataclasses.replace(schedule), Memory(schedule.slots())
            for slot, array in memory.arrays().items():
                array[...] = kept[slot]
            twin.epoch_ended(record, memory)
            given = float(twin.remembering(memory).at(record.steps))
            expect(
                given == whole[epoch],
                f"with figures {name} it is {whole[epoch]:g} after {epoch} epochs, and {given:g}"
                " where each begins with a fresh copy and what slots kept",
            )


@promise("a run killed anywhere and resumed ends with the same bytes.", once=True)
def resumes(schedule: Schedule) -> None:
    if not isinstance(schedule, FigureSchedule):
        return
    with tempfile.TemporaryDirectory() as folder, quietly():
        whole = _run(Path(folder) / "whole", schedule, None)
        for step in _CRASHES:
            place = Path(folder) / f"killed_{step}"
            with contextlib.suppress(KeyboardInterrupt):
                _run(place, schedule, step)
            resumed = _run(place, schedule, step)
            same = whole.losses.tobytes() == resumed.losses.tobytes()
            first = int(np.argmax(whole.losses != resumed.losses))
            expect(same, f"killed after step {step}, its run has other losses from step {first} on")


def metrics_for(schedule: Schedule) -> dict[str, Metric]:
    """Return the metrics that a schedule follows, or the kit's own."""
    names = [figure for heard in heard_in(schedule) for figure in heard.figures()]
    stuck = {name.partition("_")[2]: stand_ins.Stuck() for name in names}
    return {"loss": stand_ins.MeanLoss(), **stuck}


def _run(place: Path, schedule: Schedule, crash: int | None) -> Run:
    callbacks = {} if crash is None else {"crash": Crash(step=crash)}
    registry = registry_with(schedule, *callbacks.values())
    settings = tiny(registry, (6,), _EPOCHS)
    rule = stand_ins.Descent(learning_rate=schedule)
    return run_in(
        place,
        registry,
        settings,
        resume="never" if crash is None else "auto",
        layers=trained_by(settings.layers, update_rule=rule),
        metrics=metrics_for(schedule),
        callbacks=callbacks,
        checkpoint=dataclasses.replace(settings.checkpoint, epochs=1, steps=4),
    )


CHECKS: tuple[Check, ...] = (hears, remembers, resumes)
