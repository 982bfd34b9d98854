"""What a schedule promises: a number for every step of its run, and for the same the same."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from framework.components.base import Array
from framework.components.field_type import FieldType, fields_of
from framework.components.schedule import Schedule, TimedSchedule
from framework.components.span import Span
from framework.testing import stand_ins
from framework.testing.assertions import expect_own_randomness
from framework.testing.check import Check, expect, promise
from framework.testing.checks import figure_schedule
from framework.testing.example_batches import RUN, steps
from framework.testing.memory_growth import expect_no_growth
from framework.testing.tiny_run import expect_trains, trained_by

_TINY = Span(steps=14, steps_per_epoch=7)  # what `tiny_run` trains
_RUNS = (Span(1, 1), Span(2, 2), Span(7, 1), _TINY, Span(1025, 41))


@promise("over(span) leaves the schedule as it is, and for the same run gives the same schedule.")
def over(schedule: Schedule) -> None:
    before = repr(schedule)
    for run in (RUN, *_RUNS):
        told, again = schedule.over(run), schedule.over(run)
        expect(isinstance(told, Schedule), f"over gave {told!r}, not a schedule")
        expect(repr(schedule) == before, f"over({run}) changed it to {schedule!r}")
        expect(told == again, f"over({run}) gave {told!r}, and then {again!r}")
        for step in (0, run.steps - 1):
            _expect_number(again, step, run)
        values = [told.at(step) for step in range(min(run.steps, 40))]
        schedule.over(Span(3, 3))
        expect(
            values == [told.at(step) for step in range(len(values))],
            "telling it of another run changed what it gave for the first",
        )


@promise("at(step) gives a finite float for every step of a run, short or long, to its last.")
def bound(schedule: Schedule) -> None:
    for run in _RUNS:
        told = schedule.over(run)
        for step in range(run.steps + 1):
            _expect_number(told, step, run)


@promise("the schedules inside it are told how long their run is (`over`), before it asks them.")
def inside(schedule: Schedule) -> None:
    for field in fields_of(type(schedule)):
        held = getattr(schedule, field.name)
        if field.type.is_list and _takes_schedules(field.type.items(1)[0]):
            asks: object = tuple(_Asks() for _ in held)
        elif not field.type.is_list and _takes_schedules(field.type):
            asks = _Asks()
        else:
            continue
        told = dataclasses.replace(schedule, **{field.name: asks}).over(RUN)
        for step in (*range(0, RUN.steps, 7), RUN.steps, 2 * RUN.steps):
            try:
                told.at(step)
            except _NotToldError:
                expect(False, f"at({step}) asks the schedule in '{field.name}', which was not told")


@promise("of a length in steps, epochs or a share of the run, the same length is the same values.")
def length(schedule: Schedule) -> None:
    if not isinstance(schedule, TimedSchedule):
        return
    half = RUN.steps // 2
    none = dataclasses.replace(schedule, steps=None, epochs=None, share=None)
    ways = {
        f"steps={half}": dataclasses.replace(none, steps=half),
        f"epochs={half / RUN.steps_per_epoch:g}": dataclasses.replace(
            none, epochs=half / RUN.steps_per_epoch
        ),
        "share=0.5": dataclasses.replace(none, share=0.5),
    }
    values = {way: _values(given) for way, given in ways.items()}
    for way, given in values.items():
        expect(given == values[f"steps={half}"], f"{way} is not steps={half}")
    if schedule.default_epochs is None:
        expect(
            _values(none) == _values(dataclasses.replace(none, steps=RUN.steps)),
            "without a length it is not as long as its run",
        )


def _values(schedule: Schedule) -> list[float]:
    told = schedule.over(RUN)
    return [told.at(step) for step in range(RUN.steps + 1)]


@promise(
    "at(step) gives a finite float for every step from 0 to ten million, around its own ends too."
)
def numbers(schedule: Schedule) -> None:
    told = schedule.over(RUN)
    for step in steps(told):
        _expect_number(told, step)


def _expect_number(schedule: Schedule, step: int, run: Span | None = None) -> None:
    where = f" in a run of {run.steps} steps" if run else ""
    try:
        value = schedule.at(step)
    except Exception as failed:
        expect(False, f"at({step}){where} raised {type(failed).__name__}: {failed}")
    number = isinstance(value, float | int | np.floating) and not isinstance(value, bool)
    expect(number, f"at({step}){where} gave {type(value).__name__}, not a float")
    expect(math.isfinite(value), f"at({step}){where} is {value}")


@promise("the value depends on the step alone: not on earlier calls, nor on anything random.")
def determinism(schedule: Schedule) -> None:
    told = schedule.over(RUN)
    forward = {step: told.at(step) for step in steps(told)}
    twin = dataclasses.replace(told)  # as a network's file has it
    for step in reversed(steps(told)):
        for asked in (told, twin):
            again = asked.at(step)
            expect(
                again == forward[step],
                f"at({step}) gave {forward[step]}, and {again} when asked in another order",
            )

    def compute() -> dict[str, Array]:
        return {"values": np.array([told.at(step) for step in steps(told)])}

    expect_own_randomness("at", compute)


@promise("a schedule whose numbers are all 0 or more never goes below 0.")
def sign(schedule: Schedule) -> None:
    given = [getattr(schedule, f.name) for f in dataclasses.fields(schedule)]
    if any(isinstance(v, int | float) and v < 0 for v in given):
        return
    told = schedule.over(RUN)
    for step in steps(told):
        value = told.at(step)
        expect(value >= 0, f"at({step}) is {value}")


@promise("memory does not grow with the number of calls.", once=True)
def no_growth(schedule: Schedule) -> None:
    following, told = iter(range(10**9)), schedule.over(RUN)
    expect_no_growth("at", lambda: told.at(next(following)))


@promise(
    "networks train with it as a learning rate: the same bytes from the same seed, killed or not.",
    once=True,
)
def trains(schedule: Schedule) -> None:
    told = schedule.over(_TINY)
    largest = max(abs(told.at(step)) for step in range(_TINY.steps)) or 1.0
    rule = stand_ins.Descent(learning_rate=schedule if largest <= 1 else _Scaled(schedule, largest))

    metrics = figure_schedule.metrics_for(schedule)
    expect_trains(
        schedule, layers=lambda plans: trained_by(plans, update_rule=rule), metrics=metrics
    )


@dataclasses.dataclass(frozen=True)
class _Scaled(Schedule):
    """Another schedule, made small enough to train with."""

    inner: Schedule
    largest: float

    def at(self, step: int) -> float:
        return 0.1 * self.inner.at(step) / self.largest


def _takes_schedules(declared: FieldType) -> bool:
    return declared.has(Schedule) or declared.component is Schedule


class _NotToldError(Exception):
    """A schedule was asked before it knew its run."""


@dataclasses.dataclass(frozen=True)
class _Asks(Schedule):
    """A schedule that must know its run."""

    steps: int = 0

    def over(self, span: Span) -> _Asks:
        return dataclasses.replace(self, steps=span.steps)

    def at(self, step: int) -> float:
        if not self.steps:
            raise _NotToldError
        return 0.1


CHECKS: tuple[Check, ...] = (
    over,
    bound,
    inside,
    length,
    numbers,
    determinism,
    sign,
    no_growth,
    trains,
    *figure_schedule.CHECKS,
)
