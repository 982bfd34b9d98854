"""What an update rule promises: one in-place step, a function of the arrays it is given."""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
from pathlib import Path
from typing import Any, get_args

import numpy as np

from framework.components.base import Component
from framework.components.layer import Role
from framework.components.schedule import Schedule, value
from framework.components.update_rule import UpdateRule, scope_of
from framework.runs.state import network_arrays
from framework.testing import stand_in_callbacks
from framework.testing.assertions import close, error, same
from framework.testing.check import Check, UnansweredError, expect, promise
from framework.testing.checks import update_rule_arrays, update_rule_formula
from framework.testing.example_values import scalar_fields, values_of
from framework.testing.rule_steps import SIZE, RuleSteps, drawn, first_values
from framework.testing.seeded import seeded_by
from framework.testing.stand_in_layers import Affine
from framework.testing.stand_ins import Ramp
from framework.testing.tiny_run import (
    expect_trains,
    quietly,
    registry_with,
    run_in,
    tiny,
    trained_by,
)

_EXACT = 1e-9


@promise("on a quadratic bowl it goes down.")
def descent(rule: UpdateRule) -> None:
    for dtype in ("float64", "float32"):
        steps = RuleSteps(rule, dtype=dtype)
        shape = steps.p.shape
        steepness = np.linspace(0.1, 0.5, SIZE).astype(dtype).reshape(shape)
        steps.begin(np.where(np.arange(SIZE) % 2, 1.5, -1.0).astype(dtype).reshape(shape))
        start = float(np.sum(steepness * steps.p**2) / 2)
        lowest, first = start, start
        for _ in range(20):
            steps.take(10, lambda step, p, c=steepness: c * p)  # type: ignore[misc]
            reached = float(np.sum(steepness * steps.p**2) / 2)
            lowest = min(lowest, reached)
            first = reached if steps.step == 10 else first
        lower = lowest < start and reached < start and np.isfinite(reached)
        expect(
            lower,
            f"½ Σ c p² was {start:.6g} at first, {first:.6g} after 10 steps and {reached:.6g}"
            f" after 200, in {dtype}",
        )


@promise("a gradient of 0 never makes parameters larger: decay shrinks them.")
def at_rest(rule: UpdateRule) -> None:
    steps = RuleSteps(rule)
    size = float(np.linalg.norm(steps.p))
    steps.take(20, lambda step, p: np.zeros_like(p))
    after = float(np.linalg.norm(steps.p))
    expect(after <= size * (1 + 1e-9), f"their norm went from {size:.6g} to {after:.6g}")


@promise("the first step, from 0, goes against the gradient: each element's, where elementwise.")
def first_step(rule: UpdateRule) -> None:
    for dtype in ("float64", "float32"):
        steps = RuleSteps(rule, dtype=dtype)
        steps.begin(np.zeros_like(steps.p))
        g = drawn(0, steps.p)
        steps.take(1)
        wrong = int(np.count_nonzero(steps.p * g > 0))
        kept = not wrong if scope_of(rule) == "element" else float(np.sum(steps.p * g)) <= 0
        expect(kept, f"{wrong} of {SIZE} elements went along with it, in {dtype}")


@promise("each of its arrays of state is written.", of_class=True)
def state_is_written(cls: type[UpdateRule]) -> None:
    idle: dict[str, bool] = {}
    for rule in values_of(cls):
        both = [RuleSteps(rule), RuleSteps(rule, role="bias")]
        for steps in both:
            start = steps.p.copy()
            steps.take(12)
            for name, array in zip(steps.slots, steps.state, strict=True):
                first = first_values(steps.slots[name], start)
                idle[name] = idle.get(name, True) and np.array_equal(array, first)
    never = [name for name, kept in idle.items() if kept]
    expect(not never, f"{never} is after twelve steps as it was at first")


@promise(
    "a number may be a schedule: the step uses its value at that step, and `learning_rate` is a"
    " Scalar; a rule that reads others as well names the field in `looks_ahead`."
)
def schedules(rule: UpdateRule) -> None:
    names = scalar_fields(type(rule))
    declared = [f.name for f in dataclasses.fields(rule)]
    expect(
        "learning_rate" not in declared or "learning_rate" in names,
        "learning_rate is no Scalar; declare it `learning_rate: Scalar` and read it with"
        " value(self.learning_rate, step)",
    )
    unknown = set(rule.looks_ahead) - set(names)
    expect(not unknown, f"looks_ahead names {sorted(unknown)}, which may be no schedule")
    for name in names:
        now = getattr(rule, name)
        if name in rule.looks_ahead:
            _expect_constant(rule, name, now)
            continue
        ramp = _ramp(rule, name, now)
        changing = dataclasses.replace(rule, **{name: ramp})
        for used in (0, 1, 2, 5):
            fixed = dataclasses.replace(rule, **{name: value(ramp, used)})
            steps = RuleSteps(changing).take(used)
            twin = steps.copy(fixed)
            steps.take(1)
            twin.take(1)
            for what, array in steps.arrays().items():
                expect(
                    close(array, twin.arrays()[what], _EXACT),
                    f"with {name}={ramp!r}, {what} after step {used} is not what the number"
                    f" {value(ramp, used):g}, its value at that step, gives",
                )
            a, b = changing.plain_sgd_rate(used), fixed.plain_sgd_rate(used)
            agree = a is b or (a is not None and b is not None and abs(a - b) <= 1e-12)
            expect(
                agree, f"with {name}={ramp!r}, plain_sgd_rate({used}) is {a}; with the number {b}"
            )


def _expect_constant(rule: UpdateRule, name: str, now: Any) -> None:
    """Hold that a schedule that never changes is as good as its number."""
    number = value(now, 0)
    still = Ramp(first=float(number), steepness=0.0)
    courses = [
        RuleSteps(dataclasses.replace(rule, **{name: given})).take(6) for given in (number, still)
    ]
    for what, array in courses[0].arrays().items():
        expect(
            close(courses[1].arrays()[what], array, _EXACT),
            f"with a schedule that is always {number:g} for {name}, {what} is not what the number"
            " gives",
        )


def _ramp(rule: UpdateRule, name: str, now: Any) -> Schedule:
    if isinstance(now, Schedule):
        return now
    return Ramp(first=float(now) or 0.1)


@promise(
    "where plain_sgd_rate(step) gives η, the step is exactly p ← p − η g, and there is no state."
)
def plain_sgd_rate(rule: UpdateRule) -> None:
    if rule.plain_sgd_rate(0) is None:
        return
    expect(not rule.slots(), f"it gives a rate, but keeps the state {tuple(rule.slots())}")
    for step in (0, 1, 7, 1000):
        steps = RuleSteps(rule)
        steps.step, before = step, steps.p.copy()
        eta = rule.plain_sgd_rate(step)
        expect(eta is not None, f"plain_sgd_rate(0) gives a number, plain_sgd_rate({step}) None")
        steps.take(1)
        expected = before - float(eta or 0.0) * drawn(step, before)
        off = error(steps.p - before, expected - before)
        expect(off < 1e-9, f"the step is off from p − {eta} g by {off:.1e} of its size")


@promise("float32 gives what float64 gives, up to rounding.")
def dtypes(rule: UpdateRule) -> None:
    exact = RuleSteps(rule)
    exact.begin(exact.p.astype("float32").astype("float64"))
    rounded = RuleSteps(rule, dtype="float32")
    first = exact.p.copy()
    exact.take(10, lambda step, p: drawn(step, p).astype("float32").astype("float64"))
    rounded.take(10)
    expect(rounded.p.dtype == np.float32, f"p became {rounded.p.dtype}")
    off = float(np.linalg.norm(rounded.p - exact.p))
    moved, size = (float(np.linalg.norm(a)) for a in (exact.p - first, exact.p))
    expect(
        off < 1e-4 * moved + 20 * float(np.finfo(np.float32).eps) * size,
        f"ten steps in float32 end {off:.1e} away from those in float64, having moved {moved:.1e}",
    )


@promise(
    "gradients of 0, of 1e-30 and of 1e6 give finite numbers, and so do steps late in a run; 0 at 0"
    " stays 0."
)
def extremes(rule: UpdateRule) -> None:
    for dtype in ("float32", "float64"):
        for size, late in ((0.0, 0), (1e-30, 0), (1e6, 0), (1.0, 1_000_000), (1.0, 10_000_000)):
            steps = RuleSteps(rule, dtype=dtype)
            steps.step = late
            steps.take(5, lambda step, p, s=size: (s * drawn(step, p)).astype(p.dtype))  # type: ignore[misc]
            for name, array in steps.arrays().items():
                expect(
                    np.all(np.isfinite(array)),
                    f"{name} is not finite after gradients of size {size:g} from step {late} on,"
                    f" in {dtype}",
                )
        padding = RuleSteps(rule, dtype=dtype)
        padding.begin(np.zeros_like(padding.p))
        padding.take(5, lambda step, p: np.zeros_like(p))
        expect(not padding.p.any(), "it moves parameters that are 0 and have a gradient of 0")


def _see_that_it_moves_tiny_networks(rule: UpdateRule) -> None:
    for parameter in Affine(6).parameters((6,)):
        try:
            rule.check(parameter)
        except ValueError as error:
            raise UnansweredError(
                f"it cannot move the '{parameter.name}' of the layers it is tried with: {error}"
            ) from error


@promise(
    "networks train with it: the same bytes from the same seed, killed or not, every loss finite.",
    once=True,
)
def trains(rule: UpdateRule) -> None:
    _see_that_it_moves_tiny_networks(rule)
    nested = [v for v in vars(rule).values() if isinstance(v, Component)]
    expect_trains(rule, *nested, layers=lambda plans: trained_by(plans, update_rule=rule))


@promise(
    "killed at any step and resumed, a run ends with the same weights, slots and figures.",
    once=True,
)
def resumes(rule: UpdateRule) -> None:
    _see_that_it_moves_tiny_networks(rule)
    nested = [v for v in vars(rule).values() if isinstance(v, Component)]
    crash = stand_in_callbacks.Crash(step=int(seeded_by(rule).integers(5, 20)))
    registry = registry_with(rule, *nested, crash)
    settings = tiny(registry, (6,), epochs=3)
    changes: dict[str, Any] = {
        "layers": trained_by(settings.layers, update_rule=rule),
        "checkpoint": dataclasses.replace(settings.checkpoint, epochs=None, steps=4),
        "callbacks": {"crash": crash},
    }
    with tempfile.TemporaryDirectory() as folder, quietly():
        place = Path(folder)
        (place / "whole.crashed").touch()
        whole = run_in(place / "whole", registry, settings, **changes)
        with contextlib.suppress(KeyboardInterrupt):
            run_in(place / "killed", registry, settings, **changes)
        again = run_in(place / "killed", registry, settings, resume="auto", **changes)
    trained = [network_arrays(run.trainer.network) for run in (whole, again)]
    measured = [run.network.parameters() for run in (whole, again)]
    for arrays, others in (trained, measured):
        for name, array in arrays.items():
            expect(
                same(array, others[name]),
                f"'{name}' ends with other numbers when it is killed after step {crash.step}",
            )
    figures = [[dict(e.figures) for e in run.metrics] for run in (whole, again)]
    expect(figures[0] == figures[1], f"killed after step {crash.step}, its figures are others")


@promise("where `may_decay` is False, parameters of no role lose a share of themselves.")
def may_decay(rule: UpdateRule) -> None:
    if rule.may_decay:
        return
    for role in get_args(Role):
        for step in (0, 1, 10, 1000):
            share = rule.decay_share(step, role)
            expect(share == 0, f"decay_share({step}, '{role}') is {share:g}, and it may not decay")


CHECKS: tuple[Check, ...] = (
    *update_rule_arrays.CHECKS,
    *update_rule_formula.CHECKS,
    descent,
    at_rest,
    first_step,
    state_is_written,
    schedules,
    plain_sgd_rate,
    may_decay,
    dtypes,
    extremes,
    trains,
    resumes,
)
