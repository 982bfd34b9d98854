"""The schedules beside PyTorch's (`tests/golden/schedules.py`): every step of 1,000, to 1e-12."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from framework import Epoch, FigureSchedule, Memory, Schedule, Span
from tests.golden.schedules import FILE, STEPS, figures

GOLDEN = np.load(FILE)
CASES = [json.loads(case) for case in GOLDEN["cases"]]


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda n: f"{CASES[n][0]}-{n}")
def test_a_schedule_has_the_values_of_another_library(make, number):
    def made(name: str, fields: dict[str, Any]) -> Any:
        return make("schedule", name, **{key: field(given) for key, given in fields.items()})

    def field(given: Any) -> Any:
        if isinstance(given, dict):
            return made(given["name"], {k: v for k, v in given.items() if k != "name"})
        return tuple(map(float, given)) if isinstance(given, list) else given

    schedule: Schedule = made(*CASES[number])
    if isinstance(schedule, FigureSchedule):
        values = heard(schedule, figures(CASES[number][1]["mode"]))
    else:
        told = schedule.over(Span(STEPS, 40))
        values = [told.at(step) for step in range(STEPS)]
    np.testing.assert_allclose(values, GOLDEN[f"{number:03}"], rtol=1e-12, atol=1e-15)


def heard(schedule: FigureSchedule, course: list[float]) -> list[float]:
    """Return a schedule's value after each epoch."""
    memory, values = Memory(schedule.slots()), []
    for number, figure in enumerate(course, start=1):
        record = Epoch(number, number, 0.0, 0.0, {"validation_loss": figure})
        schedule.epoch_ended(record, memory)
        values.append(schedule.value(number, memory))
    return values
