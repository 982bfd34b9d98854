"""What an update rule promises: one in-place step, a function of the arrays it is given."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from framework.component import Array, Component
from framework.schedule import Schedule, value
from framework.settings import LayerPlan
from framework.testing.arrays import close, error, expect_own_randomness, normal, same
from framework.testing.check import Check, Unanswered, expect, promise
from framework.testing.memory import expect_no_growth
from framework.testing.parts import Ramp
from framework.testing.training import expect_trains
from framework.testing.values import scalar_fields
from framework.update_rule import UpdateRule

_SIZE = 24
_EXACT = 1e-9


class Course:
    """A rule's arrays, and the steps it takes with gradients that are drawn before."""

    def __init__(self, rule: UpdateRule, size: int = _SIZE, dtype: str = "float64") -> None:
        self.rule = rule
        self.p = normal((size,), 1, dtype)
        self.state = [np.zeros(size, dtype) for _ in rule.state]
        self.step = 0

    def walk(self, steps: int, gradient: Callable[[int, Array], Array] | None = None) -> Course:
        """Take some steps; scratch holds nan before each."""
        given = gradient or _drawn
        for _ in range(steps):
            g = given(self.step, self.p)
            self.rule.step(self.step, self.p, g, self.state, np.full_like(self.p, np.nan))
            self.step += 1
        return self

    def copy(self, rule: UpdateRule | None = None) -> Course:
        """Give the same course in arrays of its own, as a checkpoint would."""
        other = Course(rule or self.rule, len(self.p))
        other.p, other.step = self.p.copy(), self.step
        other.state = [a.copy() for a in self.state]
        return other

    def arrays(self) -> dict[str, Array]:
        """Give parameters and state by name."""
        return {"parameters": self.p} | dict(zip(self.rule.state, self.state, strict=True))


def _drawn(step: int, p: Array) -> Array:
    return np.random.default_rng(step).standard_normal(len(p)).astype(p.dtype)


@promise("`state` is a tuple of names, and the step moves `p` itself, not a copy.")
def in_place(rule: UpdateRule) -> None:
    names = rule.state
    proper = isinstance(names, tuple) and all(isinstance(n, str) for n in names)
    expect(proper and len(set(names)) == len(names), f"state is {names!r}")
    course = Course(rule)
    before = course.p.copy()
    held, state = course.p, list(course.state)
    course.walk(5)
    expect(not same(held, before), "five steps with gradients of size 1 left p as it was")
    kept = all(a is b for a, b in zip(state, course.state, strict=True))
    expect(kept, "it put other arrays into `state` instead of writing into those it was given")


@promise("what `scratch` held before is not used.")
def scratch(rule: UpdateRule) -> None:
    found = []
    for held in (0.0, 1e3, np.nan):
        course = Course(rule)
        for step in range(3):
            g = _drawn(step, course.p)
            rule.step(step, course.p, g, course.state, np.full(_SIZE, held))
        found.append(course.arrays())
    for name, array in found[0].items():
        alike = all(same(array, other[name]) for other in found)
        expect(alike, f"{name} came out otherwise when scratch held other numbers before")


@promise("its arrays are all it remembers: copied in the middle, they go on to the same bytes.")
def state_round_trip(rule: UpdateRule) -> None:
    first = Course(rule).walk(4)
    saved = first.copy(dataclasses.replace(rule))
    expected = first.walk(4).arrays()
    Course(rule).walk(3)
    for name, array in saved.walk(4).arrays().items():
        expect(
            same(array, expected[name]),
            f"{name} went on to other numbers from copies of p and state: something is kept"
            " elsewhere",
        )


@promise("a rule is a value: two networks may take turns with it.")
def no_state_of_its_own(rule: UpdateRule) -> None:
    alone = [Course(rule).walk(6), Course(rule, 9).walk(6)]
    turns = [Course(rule), Course(rule, 9)]
    for _ in range(6):
        for course in turns:
            course.walk(1)
    for a, b in zip(alone, turns, strict=True):
        for name, array in b.arrays().items():
            expect(
                same(array, a.arrays()[name]),
                f"{name} came out otherwise when two sets of parameters took turns",
            )


@promise(
    "how parameters are laid out does not matter: an elementwise rule moves slices, and elements"
    " in another order, alike; any rule leaves the neighbours and the padding alone."
)
def layout(rule: UpdateRule) -> None:
    whole = Course(rule).walk(5)
    room = [np.full(_SIZE + 9, 77.0) for _ in range(2 + len(rule.state))]
    inside = slice(3, 3 + _SIZE)
    first = Course(rule)
    room[0][inside] = first.p
    for a, b in zip(room[1:], first.state, strict=False):
        a[inside] = b
    cuts = (3, 10, 11, 3 + _SIZE) if rule.elementwise else (3, 3 + _SIZE)
    for step in range(5):
        g = np.full(_SIZE + 9, 77.0)
        g[inside] = _drawn(step, first.p)
        for a, b in zip(cuts[:-1], cuts[1:], strict=True):
            work = np.full(_SIZE + 9, 77.0)
            rows = [row[a:b] for row in room]
            rule.step(step, rows[0], g[a:b], rows[1:-1], work[a:b])
            expect(
                np.all(work[:a] == 77) and np.all(work[b:] == 77),
                "it writes beside the slice of scratch it was given",
            )
    names = ("parameters", *rule.state)
    for name, row in zip(names, room, strict=False):
        beside = np.concatenate([row[:3], row[3 + _SIZE :]])
        expect(np.all(beside == 77), f"it changes {name} beside the slice it was given")
        expect(
            close(row[inside], whole.arrays()[name], _EXACT),
            f"{name} came out otherwise when moved in slices (elementwise = {rule.elementwise})",
        )
    if rule.elementwise:
        _expect_order_free(rule, whole)
    else:
        _expect_padding_free(rule, whole)


def _expect_order_free(rule: UpdateRule, whole: Course) -> None:
    order = np.random.default_rng(0).permutation(_SIZE)
    turned = Course(rule)
    turned.p = turned.p[order]
    turned.walk(5, lambda step, p: _drawn(step, p)[order])
    for name, array in turned.arrays().items():
        expect(
            close(array, whole.arrays()[name][order], _EXACT),
            f"{name} came out otherwise with the elements in another order, though elementwise"
            " is True",
        )


def _expect_padding_free(rule: UpdateRule, whole: Course) -> None:
    padded = Course(rule, _SIZE + 8)
    padded.p[:_SIZE], padded.p[_SIZE:] = normal((_SIZE,), 1), 0
    padded.walk(5, lambda step, p: np.concatenate([_drawn(step, p[:_SIZE]), np.zeros(8)]))
    for name, array in padded.arrays().items():
        expect(
            close(array[:_SIZE], whole.arrays()[name], _EXACT),
            f"{name} came out otherwise with zeros behind it: the core pads rows with zeros",
        )


@promise("on a quadratic bowl it goes down.")
def descent(rule: UpdateRule) -> None:
    for dtype in ("float64", "float32"):
        steepness = np.linspace(0.1, 0.5, _SIZE).astype(dtype)
        course = Course(rule, dtype=dtype)
        course.p[...] = np.where(np.arange(_SIZE) % 2, 1.5, -1.0)
        start = float(np.sum(steepness * course.p**2) / 2)
        lowest, first = start, start
        for _ in range(20):
            course.walk(10, lambda step, p, c=steepness: c * p)  # type: ignore[misc]
            reached = float(np.sum(steepness * course.p**2) / 2)
            lowest = min(lowest, reached)
            first = reached if course.step == 10 else first
        lower = lowest < start and reached < start and np.isfinite(reached)
        expect(
            lower,
            f"½ Σ c p² was {start:.6g} at first, {first:.6g} after 10 steps and {reached:.6g}"
            f" after 200, in {dtype}",
        )


@promise("the same arrays and step number give the same bytes; nothing else is read.")
def determinism(rule: UpdateRule) -> None:
    expect_own_randomness(
        "a step", lambda: {n: a.copy() for n, a in Course(rule).walk(5).arrays().items()}
    )


@promise(
    "a number may be a schedule: the step uses its value at that step, and `learning_rate` is a"
    " Scalar."
)
def schedules(rule: UpdateRule) -> None:
    names = scalar_fields(type(rule))
    declared = [f.name for f in dataclasses.fields(rule)]
    expect(
        "learning_rate" not in declared or "learning_rate" in names,
        "learning_rate is no Scalar; declare it `learning_rate: Scalar` and read it with"
        " value(self.learning_rate, step)",
    )
    for name in names:
        now = getattr(rule, name)
        ramp = _ramp(rule, name, now)
        changing = dataclasses.replace(rule, **{name: ramp})
        for used in (0, 1, 2, 5):
            fixed = dataclasses.replace(rule, **{name: value(ramp, used)})
            course = Course(changing).walk(used)
            twin = course.copy(fixed)
            course.walk(1)
            twin.walk(1)
            for what, array in course.arrays().items():
                expect(
                    close(array, twin.arrays()[what], _EXACT),
                    f"with {name}={ramp!r}, {what} after step {used} is not what the number"
                    f" {value(ramp, used):g}, its value at that step, gives",
                )
            a, b = changing.rate(used), fixed.rate(used)
            agree = a is b or (a is not None and b is not None and abs(a - b) <= 1e-12)
            expect(agree, f"with {name}={ramp!r}, rate({used}) is {a}; with the number {b}")


def _ramp(rule: UpdateRule, name: str, now: Any) -> Schedule:
    if isinstance(now, Schedule):
        return now
    return Ramp(first=float(now) or 0.1)


@promise("where rate(step) gives η, the step is exactly p ← p − η g, and there is no state.")
def rate(rule: UpdateRule) -> None:
    if rule.rate(0) is None:
        return
    expect(not rule.state, f"it gives a rate, but keeps the state {rule.state}")
    for step in (0, 1, 7, 1000):
        course = Course(rule)
        course.step, before = step, course.p.copy()
        eta = rule.rate(step)
        expect(eta is not None, f"rate(0) gives a number, rate({step}) None")
        course.walk(1)
        expected = before - float(eta or 0.0) * _drawn(step, before)
        off = error(course.p - before, expected - before)
        expect(off < 1e-9, f"the step is off from p − {eta} g by {off:.1e} of its size")


@promise("float32 gives what float64 gives, up to rounding.")
def dtypes(rule: UpdateRule) -> None:
    exact = Course(rule)
    exact.p[...] = exact.p.astype("float32")
    rounded = Course(rule, dtype="float32")
    first = exact.p.copy()
    exact.walk(10, lambda step, p: _drawn(step, p).astype("float32").astype("float64"))
    rounded.walk(10)
    expect(rounded.p.dtype == np.float32, f"p became {rounded.p.dtype}")
    off = float(np.linalg.norm(rounded.p - exact.p))
    moved, size = (float(np.linalg.norm(a)) for a in (exact.p - first, exact.p))
    expect(
        off < 1e-4 * moved + 20 * float(np.finfo(np.float32).eps) * size,
        f"ten steps in float32 end {off:.1e} away from those in float64, having moved {moved:.1e}",
    )


@promise("gradients of 0, of 1e-30 and of 1e6 give finite numbers; 0 at 0 stays 0.")
def extremes(rule: UpdateRule) -> None:
    for dtype in ("float32", "float64"):
        for size in (0.0, 1e-30, 1e6):
            course = Course(rule, dtype=dtype)
            course.walk(5, lambda step, p, s=size: (s * _drawn(step, p)).astype(p.dtype))  # type: ignore[misc]
            for name, array in course.arrays().items():
                expect(
                    np.all(np.isfinite(array)),
                    f"{name} is not finite after gradients of size {size:g} in {dtype}",
                )
        padding = Course(rule, dtype=dtype)
        padding.p[...] = 0
        padding.walk(5, lambda step, p: np.zeros_like(p))
        expect(not padding.p.any(), "it moves parameters that are 0 and have a gradient of 0")


@promise("memory does not grow with the number of steps.")
def no_growth(rule: UpdateRule) -> None:
    course = Course(rule)
    g, room = np.ones(_SIZE), np.empty(_SIZE)

    def call() -> None:
        g[...] = 1
        course.step += 1
        rule.step(course.step, course.p, g, course.state, room)

    expect_no_growth("step", call)


@promise("networks train with it: the same bytes from the same seed, every loss finite.")
def trains(rule: UpdateRule) -> None:
    def moved(plans: Sequence[LayerPlan]) -> tuple[LayerPlan, ...]:
        return tuple(
            dataclasses.replace(p, training=dataclasses.replace(p.training, update_rule=rule))
            for p in plans
        )

    nested = [v for v in vars(rule).values() if isinstance(v, Component)]
    if len(rule.state) != len(set(rule.state)):
        raise Unanswered("its state has names that are taken twice")
    expect_trains(rule, *nested, layers=moved)


CHECKS: tuple[Check, ...] = (
    in_place,
    scratch,
    state_round_trip,
    no_state_of_its_own,
    layout,
    descent,
    determinism,
    schedules,
    rate,
    dtypes,
    extremes,
    no_growth,
    trains,
)
