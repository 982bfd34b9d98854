"""The update rules beside PyTorch's, optax's and Keras's (`tests/golden/update_rules.py`)."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from framework import Parameter, State, UpdateRule, decay_weights, scope_of
from framework.testing.rule_steps import first_values
from tests.golden.update_rules import FILE, SHAPES, parted

GOLDEN = np.load(FILE)
CASES = [json.loads(case) for case in GOLDEN["cases"]]
SCHEDULES = ("linear",)


def built(make: Any, name: str, fields: dict[str, Any]) -> Any:
    """Make a rule, with the rules and schedules that its fields name."""
    values = {
        key: built(make, value["name"], {k: v for k, v in value.items() if k != "name"})
        if isinstance(value, dict)
        else tuple(value)
        if isinstance(value, list)
        else value
        for key, value in fields.items()
    }
    return make("schedule" if name in SCHEDULES else "update_rule", name, **values)


def walk(rule: UpdateRule, dtype: str) -> list[Any]:
    """Return what is moved after each step and, below, what is evaluated; as the core calls it."""
    p = GOLDEN["first"].astype(dtype)
    g, scratch = np.empty_like(p), np.empty_like(p)
    slots = {n: first_values(s, p) for n, s in rule.slots().items() if s.like == "parameter"}
    views = {n: parted(a) for n, a in slots.items()}
    declared = [
        Parameter(f"p{i}", shape, "weight" if len(shape) == 2 else "bias")
        for i, shape in enumerate(SHAPES)
    ]
    states = []
    for i, (parameter, view) in enumerate(zip(declared, parted(p), strict=True)):
        own = {n: views[n][i] if n in views else first_values(s, view) for n, s in rule.slots().items()}  # fmt: skip  # noqa: E501
        states.append(State(own, parameter))
    walked, parts = [], list(zip(parted(p), parted(g), parted(scratch), strict=True))
    for step, gradient in enumerate(GOLDEN["gradients"]):
        g[...] = gradient
        for parameter, (view, _, work) in zip(declared, parts, strict=True):
            decay_weights(rule, step, view, parameter, work)
        if scope_of(rule) == "parameter":
            for state, (view, slope, work) in zip(states, parts, strict=True):
                rule.step(step, view, slope, state, work)
        else:
            rule.step(step, p, g, State(slots), scratch)
        moved = p.copy()
        walked.append(np.stack([moved, slots[rule.evaluated]]) if rule.evaluated else moved)
    return walked


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda n: f"{CASES[n][0]}-{n}")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.sampled(len(CASES))  # of each case one of the two
def test_a_rule_goes_the_way_that_another_library_goes(make, number, dtype):
    """Each number of its own size, which for float32 is as near as a hundred roundings leave it."""
    walked, expected = walk(built(make, *CASES[number]), dtype), GOLDEN[f"{number:03}"]
    off = np.abs([walked[step - 1] for step in GOLDEN["steps"]] - expected)
    sizes = np.maximum(np.abs(expected).max(axis=0), 1)
    worst = float((off / sizes).max())
    assert worst <= {"float64": 1e-12, "float32": 3e-6}[dtype], CASES[number]


def test_muon_without_momentum_forgets_a_gradient_however_large(make):
    rule, slots = make("update_rule", "muon", momentum=0.0), {"momentum_of_g": np.zeros((2, 3))}
    state, p = State(slots, Parameter("weights", (2, 3))), np.ones((2, 3))
    for step, size in enumerate((1e30, 1.0)):
        rule.step(step, p, np.full((2, 3), size), state, np.empty((2, 3)))
    np.testing.assert_array_equal(slots["momentum_of_g"], 1.0)
