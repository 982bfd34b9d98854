"""What a schedule promises: a number for every step, and for the same step the same number."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from framework.components.base import Array
from framework.components.schedule import Schedule
from framework.testing import stand_ins
from framework.testing.assertions import expect_own_randomness
from framework.testing.check import Check, expect, promise
from framework.testing.example_batches import steps
from framework.testing.memory_growth import expect_no_growth
from framework.testing.tiny_run import expect_trains, trained_by


@promise(
    "at(step) gives a finite float for every step from 0 to ten million, around its own ends too."
)
def numbers(schedule: Schedule) -> None:
    for step in steps(schedule):
        try:
            value = schedule.at(step)
        except Exception as failed:
            expect(False, f"at({step}) raised {type(failed).__name__}: {failed}")
        number = isinstance(value, float | int | np.floating) and not isinstance(value, bool)
        expect(number, f"at({step}) gave {type(value).__name__}, not a float")
        expect(math.isfinite(value), f"at({step}) is {value}")


@promise("the value depends on the step alone: not on earlier calls, nor on anything random.")
def determinism(schedule: Schedule) -> None:
    forward = {step: schedule.at(step) for step in steps(schedule)}
    twin = dataclasses.replace(schedule)
    for step in reversed(steps(schedule)):
        for asked in (schedule, twin):
            again = asked.at(step)
            expect(
                again == forward[step],
                f"at({step}) gave {forward[step]}, and {again} when asked in another order",
            )

    def compute() -> dict[str, Array]:
        return {"values": np.array([schedule.at(step) for step in steps(schedule)])}

    expect_own_randomness("at", compute)


@promise("a schedule whose numbers are all 0 or more never goes below 0.")
def sign(schedule: Schedule) -> None:
    given = [getattr(schedule, f.name) for f in dataclasses.fields(schedule)]
    if any(isinstance(v, int | float) and v < 0 for v in given):
        return
    for step in steps(schedule):
        value = schedule.at(step)
        expect(value >= 0, f"at({step}) is {value}")


@promise("memory does not grow with the number of calls.", once=True)
def no_growth(schedule: Schedule) -> None:
    following = iter(range(10**9))
    expect_no_growth("at", lambda: schedule.at(next(following)))


@promise("networks train with it as a learning rate: the same bytes from the same seed.", once=True)
def trains(schedule: Schedule) -> None:
    largest = max(abs(schedule.at(step)) for step in range(14)) or 1.0
    rule = stand_ins.Descent(learning_rate=schedule if largest <= 1 else _Scaled(schedule, largest))

    expect_trains(schedule, layers=lambda plans: trained_by(plans, update_rule=rule))


@dataclasses.dataclass(frozen=True)
class _Scaled(Schedule):
    """Another schedule, made small enough to train with."""

    inner: Schedule
    largest: float

    def at(self, step: int) -> float:
        return 0.1 * self.inner.at(step) / self.largest


CHECKS: tuple[Check, ...] = (numbers, determinism, sign, no_growth, trains)
