"""Whether an update rule moves what it is given, and remembers nothing else."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np

from framework.components.update_rule import UpdateRule
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
            rule.step(step, steps.p, g, steps.state, np.full(SIZE, held))
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
    alone = [RuleSteps(rule).take(6), RuleSteps(rule, 9).take(6)]
    turns = [RuleSteps(rule), RuleSteps(rule, 9)]
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
    whole = RuleSteps(rule).take(5)
    room = [np.full(SIZE + 9, 77.0) for _ in range(2 + len(rule.state))]
    inside = slice(3, 3 + SIZE)
    first = RuleSteps(rule)
    room[0][inside] = first.p
    for row, kept in zip(room[1:], first.state, strict=False):
        row[inside] = kept
    cuts = (3, 10, 11, 3 + SIZE) if rule.elementwise else (3, 3 + SIZE)
    for step in range(5):
        g = np.full(SIZE + 9, 77.0)
        g[inside] = drawn(step, first.p)
        for low, high in itertools.pairwise(cuts):
            work = np.full(SIZE + 9, 77.0)
            rows = [row[low:high] for row in room]
            rule.step(step, rows[0], g[low:high], rows[1:-1], work[low:high])
            expect(
                np.all(work[:low] == 77) and np.all(work[high:] == 77),
                "it writes beside the slice of scratch it was given",
            )
    names = ("parameters", *rule.state)
    for name, row in zip(names, room, strict=False):
        beside = np.concatenate([row[:3], row[3 + SIZE :]])
        expect(np.all(beside == 77), f"it changes {name} beside the slice it was given")
        expect(
            close(row[inside], whole.arrays()[name], _EXACT),
            f"{name} came out otherwise when moved in slices (elementwise = {rule.elementwise})",
        )
    if rule.elementwise:
        _expect_order_free(rule, whole)
    else:
        _expect_padding_free(rule, whole)


def _expect_order_free(rule: UpdateRule, whole: RuleSteps) -> None:
    order = np.random.default_rng(0).permutation(SIZE)
    turned = RuleSteps(rule)
    turned.p = turned.p[order]
    turned.take(5, lambda step, p: drawn(step, p)[order])
    for name, array in turned.arrays().items():
        expect(
            close(array, whole.arrays()[name][order], _EXACT),
            f"{name} came out otherwise with the elements in another order, though elementwise"
            " is True",
        )


def _expect_padding_free(rule: UpdateRule, whole: RuleSteps) -> None:
    padded = RuleSteps(rule, SIZE + 8)
    padded.p[:SIZE], padded.p[SIZE:] = normal((SIZE,), 1), 0
    padded.take(5, lambda step, p: np.concatenate([drawn(step, p[:SIZE]), np.zeros(8)]))
    for name, array in padded.arrays().items():
        expect(
            close(array[:SIZE], whole.arrays()[name], _EXACT),
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
    g, room = np.ones(SIZE), np.empty(SIZE)

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
