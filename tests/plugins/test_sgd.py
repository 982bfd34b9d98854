from __future__ import annotations

import numpy as np


def test_step_is_the_formula_in_place(make):
    p, g = np.array([1.0, -2.0, 3.0]), np.array([0.5, 0.0, -4.0])
    expected = p - 0.2 * g
    make("update_rule", "sgd", learning_rate=0.2).step(0, p, g, (), np.empty(3))
    np.testing.assert_array_equal(p, expected)


def test_the_reference_rate_is_the_default(make):
    assert make("update_rule", "sgd").learning_rate == 0.1
    assert make("update_rule", "sgd").plain_sgd_rate(5) == 0.1


def test_follows_a_schedule(make):
    linear = make("schedule", "linear", first=1.0, last=0.0, steps=4)
    rule = make("update_rule", "sgd", learning_rate=linear)
    p = np.zeros(1)
    for step in range(4):
        rule.step(step, p, np.ones(1), (), np.empty(1))
    np.testing.assert_allclose(p, -(1 + 0.75 + 0.5 + 0.25))
