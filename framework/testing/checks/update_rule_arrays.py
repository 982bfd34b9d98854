"""Whether an update rule moves what it is given, and remembers nothing else."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np

from framework.components.base import Array
from framework.components.update_rule import State, UpdateRule, decay_weights, scope_of
from framework.engine.rule_check import slots_problem
from framework.testing.assertions import close, expect_own_randomness, normal, same
from framework.testing.check import Check, expect, promise
from framework.testing.memory_growth import expect_no_growth
from framework.testing.rule_steps import SIZE, RuleSteps, drawn

_EXACT = 1e-9


@promise("`state` is a tuple of names, and the step moves `p` itself, not a copy.")
def in_place(rule: UpdateRule) -> None:
    names = rule.state
    proper = isinstance(names, tuple) and all(isinstance(n, str) for n in names)
    expect(proper and len(set(names)) == len(names), f"state is {names!r}")
    problem = slots_problem(rule)
    expect(not problem, problem)
    steps = RuleSteps(rule)
    before = steps.p.copy()
    held, state = steps.p, list(steps.state)
    steps.take(5)
    expect(not same(held, before), "five steps with gradients of size 1 left p as it was")
    kept = all(a is b for a, b in zip(state, steps.state, strict=True))
    expect(kept, "it put other arrays into `state` instead of writing into those it was given")


@promise("what `scratch` held before is not used.")
def scratch(rule: UpdateRule) -> None:
    results = []
    for held in (0.0, 1e3, np.nan):
        steps = RuleSteps(rule)
        for step in range(3):
            g = drawn(step, steps.p)
            rule.step(step, steps.p, g, steps.state, np.full_like(g, held))
        results.append(steps.arrays())
    for name, array in results[0].items():
        alike = all(same(array, other[name]) for other in results)
        expect(alike, f"{name} came out otherwise when scratch held other numbers before")


@promise("its arrays are all it remembers: copied in the middle, they go on to the same bytes.")
def state_round_trip(rule: UpdateRule) -> None:
    first = RuleSteps(rule).take(4)
    saved = first.copy(dataclasses.replace(rule))
    expected = first.take(4).arrays()
    RuleSteps(rule).take(3)
    for name, array in saved.take(4).arrays().items():
        expect(
            same(array, expected[name]),
            f"{name} went on to other numbers from copies of p and state: something is kept"
            " elsewhere",
        )


@promise("a rule is a value: two networks may take turns with it.")
def no_state_of_its_own(rule: UpdateRule) -> None:
    alone = [RuleSteps(rule).take(6), RuleSteps(rule, 12).take(6)]
    turns = [RuleSteps(rule), RuleSteps(rule, 12)]
    for _ in range(6):
        for steps in turns:
            steps.take(1)
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
    if scope_of(rule) == "parameter":
        _expect_order_of_memory_free(rule)
        return
    whole = RuleSteps(rule).take(5)
    kept_like = [n for n, slot in whole.slots.items() if slot.like == "parameter"]
    room = {n: np.full(SIZE + 9, 77.0) for n in ("parameters", *kept_like)}
    inside = slice(3, 3 + SIZE)
    first = RuleSteps(rule)
    for name, row in room.items():
        row[inside] = first.arrays()[name]
    alone = scope_of(rule) == "element"
    cuts = (3, 10, 11, 3 + SIZE) if alone else (3, 3 + SIZE)
    for step in range(5):
        decay_weights(rule, step, room["parameters"][inside], first.parameter, np.empty(SIZE))
        g = np.full(SIZE + 9, 77.0)
        g[inside] = drawn(step, first.p)
        for low, high in itertools.pairwise(cuts):
            work = np.full(SIZE + 9, 77.0)
            rows = {name: row[low:high] for name, row in room.items()}
            p = rows.pop("parameters")
            state = State({name: rows.get(name, first.arrays()[name]) for name in first.slots})
            rule.step(step, p, g[low:high], state, work[low:high])
            expect(
                np.all(work[:low] == 77) and np.all(work[high:] == 77),
                "it writes beside the slice of scratch it was given",
            )
    for name, row in room.items():
        beside = np.concatenate([row[:3], row[3 + SIZE :]])
        expect(np.all(beside == 77), f"it changes {name} beside the slice it was given")
        expect(
            close(row[inside], whole.arrays()[name], _EXACT),
            f"{name} came out otherwise when moved in slices (elementwise = {alone})",
        )
    if alone:
        _expect_order_free(rule, whole)
    else:
        _expect_padding_free(rule, whole)


def _expect_order_of_memory_free(rule: UpdateRule) -> None:
    """Hold that a matrix may lie in memory row by row, column by column, or in a larger one."""
    whole = RuleSteps(rule).take(5)
    rows, columns = whole.p.shape

    def beside(values: Array) -> Array:
        room = np.full((columns + 2, rows + 3), 77.0).T[1:-2, 1:-1]
        room[...] = values
        return room

    steps = RuleSteps(rule)
    lie = {n: a for n, a in steps.arrays().items() if a.shape == steps.p.shape}
    lie = {n: beside(a) for n, a in lie.items()}
    p = lie.pop("parameters")
    arrays = {name: lie.get(name, steps.arrays()[name]) for name in steps.slots}
    state = State(arrays, steps.parameter)
    for step in range(5):
        g, work = beside(drawn(step, p)), beside(p)
        decay_weights(rule, step, p, steps.parameter, work)
        rule.step(step, p, g, state, work)
    for name, array in ({"parameters": p} | arrays).items():
        expect(
            close(array, whole.arrays()[name], _EXACT),
            f"{name} came out otherwise for a matrix that lies column by column in memory",
        )
    for array in (p, *lie.values()):
        assert array.base is not None
        around = array.base.T.copy()
        around[1:-2, 1:-1] = 77
        expect(np.all(around == 77), "it writes beside the parameter that it was given")


def _expect_order_free(rule: UpdateRule, whole: RuleSteps) -> None:
    order = np.random.default_rng(0).permutation(SIZE)
    turned = RuleSteps(rule)
    turned.begin(turned.p[order])
    turned.take(5, lambda step, p: drawn(step, p)[order])
    for name, array in turned.arrays().items():
        expect(
            close(array, whole.arrays()[name][order], _EXACT),
            f"{name} came out otherwise with the elements in another order, though elementwise"
            " is True",
        )


def _expect_padding_free(rule: UpdateRule, whole: RuleSteps) -> None:
    padded = RuleSteps(rule, SIZE + 8)
    padded.begin(np.concatenate([normal((SIZE,), 1), np.zeros(8)]))
    padded.take(5, lambda step, p: np.concatenate([drawn(step, p[:SIZE]), np.zeros(8)]))
    for name, array in padded.arrays().items():
        expect(
            close(array[:SIZE] if array.ndim else array, whole.arrays()[name], _EXACT),
            f"{name} came out otherwise with zeros behind it: the core pads rows with zeros",
        )


@promise("the same arrays and step number give the same bytes; nothing else is read.")
def determinism(rule: UpdateRule) -> None:
    expect_own_randomness(
        "a step", lambda: {n: a.copy() for n, a in RuleSteps(rule).take(5).arrays().items()}
    )


@promise("memory does not grow with the number of steps.", once=True)
def no_growth(rule: UpdateRule) -> None:
    steps = RuleSteps(rule)
    g, room = np.ones_like(steps.p), np.empty_like(steps.p)

    def call() -> None:
        g[...] = 1
        steps.step += 1
        rule.step(steps.step, steps.p, g, steps.state, room)

    expect_no_growth("step", call)


CHECKS: tuple[Check, ...] = (
    in_place,
    scratch,
    state_round_trip,
    no_state_of_its_own,
    layout,
    determinism,
    no_growth,
)
