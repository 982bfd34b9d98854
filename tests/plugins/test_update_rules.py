"""The update rules against straight formulas, in float64, over gradients of many magnitudes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from framework import Parameter, State, UpdateRule, decay_weights, scope_of
from framework.testing.rule_steps import first_values

SHAPE = (5, 4)


def gradient(step: int, shape: tuple[int, ...] = SHAPE) -> Any:
    rng = np.random.default_rng(step)
    return rng.standard_normal(shape) * 10.0 ** rng.integers(-4, 3, shape)


def walk(rule: UpdateRule, steps: int = 100, role: Any = "weight", shape: Any = SHAPE) -> Any:
    """Return the parameters and slots after some steps, taken as the core takes them."""
    parameter = Parameter("p", shape, role)
    p = np.random.default_rng(99).standard_normal(shape)
    slots = {name: first_values(slot, p) for name, slot in rule.slots().items()}
    state = State(slots, parameter if scope_of(rule) == "parameter" else None)
    for step in range(steps):
        decay_weights(rule, step, p, parameter, np.empty(shape))
        rule.step(step, p, gradient(step, shape), state, np.empty(shape))
    return p, slots


def adam(p: Any, m: Any, v: Any, g: Any, t: int, rate: float, epsilon: float) -> Any:
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g * g
    root = np.sqrt(v) / np.sqrt(1 - 0.999**t) + epsilon
    return p - rate / (1 - 0.9**t) * m / root, m, v


def first() -> Any:
    return np.random.default_rng(99).standard_normal(SHAPE)


@pytest.mark.parametrize(("role", "decays"), [("weight", True), ("bias", False), ("scale", False)])
def test_adamw_decays_weights_and_only_them(make, role, decays):
    p, m, v = first(), np.zeros(SHAPE), np.zeros(SHAPE)
    for step in range(100):
        p = p * (1 - 0.01 * 0.1 * decays)
        p, m, v = adam(p, m, v, gradient(step), step + 1, 0.01, 1e-8)
    rule = make("update_rule", "adamw", learning_rate=0.01, weight_decay=0.1)
    np.testing.assert_allclose(walk(rule, role=role)[0], p, rtol=1e-12, atol=1e-14)


def test_adamw_decays_biases_where_it_is_told_to(make):
    rule = make("update_rule", "adamw", weight_decay=0.1, decays=("weight", "bias"))
    np.testing.assert_array_equal(walk(rule, role="bias")[0], walk(rule)[0])


def test_a_decay_too_small_for_a_factor_in_float32_is_not_lost(make):
    rule = make("update_rule", "adamw", learning_rate=1e-5, weight_decay=1e-3)
    p = np.ones(3, np.float32) * 1e-9
    before = p.copy()
    decay_weights(rule, 0, p, Parameter("p", (3,)), np.empty(3, np.float32))
    assert rule.decay_share(0, "weight") == pytest.approx(1e-8)
    np.testing.assert_allclose(p, before, rtol=1e-6)


@pytest.mark.parametrize(("role", "decays"), [("weight", True), ("bias", False)])
def test_lamb_scales_adams_step_by_the_trust_ratio(make, role, decays):
    p, m, v = first(), np.zeros(SHAPE), np.zeros(SHAPE)
    for step in range(100):
        q, m, v = adam(0 * p, m, v, gradient(step), step + 1, -1.0, 1e-6)
        d = q + 0.1 * p * decays
        p = p - 0.01 * np.linalg.norm(p) / np.linalg.norm(d) * d
    rule = make("update_rule", "lamb", learning_rate=0.01, weight_decay=0.1)
    np.testing.assert_allclose(walk(rule, role=role)[0], p, rtol=1e-12, atol=1e-14)


def test_lambs_ratio_is_1_where_a_norm_is_0(make):
    rule = make("update_rule", "lamb", learning_rate=0.5, epsilon=1e-300)
    state = State({"mean": np.zeros(2), "mean_square": np.zeros(2)}, Parameter("b", (2,), "bias"))
    p = np.zeros(2)
    rule.step(0, p, np.array([3.0, -3.0]), state, np.empty(2))
    np.testing.assert_allclose(p, [-0.5, 0.5], rtol=1e-12)
    rule.step(0, p := np.ones(2), np.zeros(2), State({"mean": np.zeros(2), "mean_square": np.zeros(2)}, state.parameter), np.empty(2))  # fmt: skip  # noqa: E501
    np.testing.assert_array_equal(p, 1.0)


@pytest.mark.parametrize("shape", [(5, 4), (4, 5), (1, 3)])
def test_muon_orthogonalizes_matrices_of_weights(make, shape):
    p, m = np.random.default_rng(99).standard_normal(shape), np.zeros(shape)
    for step in range(30):
        g = gradient(step, shape)
        p = p * (1 - 0.02 * 0.1)
        m = m + 0.05 * (g - m)
        x = g + 0.95 * (m - g)
        x = x / np.linalg.norm(x)
        for _ in range(5):
            a = x @ x.T
            x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
        p = p - 0.02 * np.sqrt(max(1, shape[1] / shape[0])) * x
    rule = make("update_rule", "muon", learning_rate=0.02)
    np.testing.assert_allclose(walk(rule, 30, shape=shape)[0], p, rtol=1e-10, atol=1e-12)


def test_muon_leaves_what_is_no_matrix_of_weights_to_another_rule(make):
    adamw = make("update_rule", "adamw", learning_rate=0.01, decays=("weight", "bias"))
    rule = make("update_rule", "muon", other=adamw)
    for role in ("bias", "table"):
        np.testing.assert_array_equal(walk(rule, role=role)[0], walk(adamw, role=role)[0])


def test_clipped_hands_on_a_gradient_of_at_most_its_norm(make):
    p = first()
    for step in range(100):
        g = gradient(step)
        p = p - 0.1 * g * min(1, 2.0 / (np.linalg.norm(g) + 1e-6))
    rule = make("update_rule", "clipped", largest=2.0)
    np.testing.assert_allclose(walk(rule)[0], p, rtol=1e-12)


def test_lookahead_goes_back_half_the_way_every_fifth_step(make):
    p = slow = first()
    for step in range(100):
        p = p - 0.1 * gradient(step)
        if (step + 1) % 5 == 0:
            p = slow = slow + 0.5 * (p - slow)
    moved, slots = walk(make("update_rule", "lookahead"))
    np.testing.assert_allclose(moved, p, rtol=1e-11)
    np.testing.assert_allclose(slots["slow"], slow, rtol=1e-11)


def test_ema_averages_what_the_rule_inside_makes(make):
    inner = make("update_rule", "adamw")
    p, average = first(), first()
    for steps in range(1, 51):
        p, slots = walk(inner, steps)
        average = 0.9 * average + 0.1 * p
    moved, slots = walk(make("update_rule", "ema", inner=inner, decay=0.9), 50)
    np.testing.assert_array_equal(moved, p)
    np.testing.assert_allclose(slots["average"], average, rtol=1e-12)


def test_schedule_free_trains_y_and_averages_z_by_the_squares_of_the_rates(make):
    rate = make("schedule", "linear", first=0.0, last=0.2, steps=20)
    y = x = z = first()
    total = 0.0
    for step in range(100):
        eta = rate.at(step)
        z = z - eta * gradient(step)
        total += eta**2
        c = eta**2 / total if total else 0.0
        x = (1 - c) * x + c * z
        y = 0.1 * z + 0.9 * x
    inner = make("update_rule", "sgd", learning_rate=rate)
    moved, slots = walk(make("update_rule", "schedule_free", inner=inner))
    np.testing.assert_allclose(moved, y, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(slots["x"], x, rtol=1e-10, atol=1e-12)


def test_schedule_free_needs_a_rate(make):
    class Rateless(UpdateRule):
        pass

    with pytest.raises(ValueError, match="Rateless has no learning_rate"):
        make("update_rule", "schedule_free", inner=Rateless())


def test_wrappers_keep_their_inner_rules_slots_beside_their_own(make):
    rule = make("update_rule", "adamw")
    for name in ("lookahead", "clipped", "ema"):
        rule = make("update_rule", name, inner=rule)
    slots: Mapping[str, Any] = rule.slots()
    assert list(slots) == [
        "average", "inner.inner.slow", "inner.inner.inner.mean", "inner.inner.inner.mean_square",
    ]  # fmt: skip
    assert rule.evaluated == "average"
    assert rule.inner.evaluated == "inner.slow"
    assert rule.scope == "parameter"
    assert rule.decay_share(0, "weight") == pytest.approx(1e-5)
