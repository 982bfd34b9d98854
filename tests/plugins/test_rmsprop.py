from __future__ import annotations

import numpy as np


def test_matches_the_formula_for_100_steps(make):
    rng = np.random.default_rng(0)
    rule = make("update_rule", "rmsprop", learning_rate=0.01)
    p, v = rng.standard_normal(7), np.zeros(7)
    q, u = p.copy(), np.zeros(7)
    for step in range(100):
        g = rng.standard_normal(7)
        u = 0.85 * u + 0.15 * g**2
        q = q - 0.01 * g / (np.sqrt(u) + 1e-8)
        rule.step(step, p, g.copy(), (v,), np.empty(7))
    np.testing.assert_allclose(p, q, rtol=1e-12)
    np.testing.assert_allclose(v, u, rtol=1e-12)


def test_epsilon_is_outside_the_root(make):
    p, v = np.zeros(1), np.zeros(1)
    rule = make("update_rule", "rmsprop", learning_rate=1.0, decay=0.0, epsilon=1.0)
    rule.step(0, p, np.full(1, 3.0), (v,), np.empty(1))
    assert p[0] == -3 / (3 + 1)


def test_a_gradient_of_zero_moves_nothing(make):
    p, v = np.ones(2), np.zeros(2)
    make("update_rule", "rmsprop").step(0, p, np.zeros(2), (v,), np.empty(2))
    np.testing.assert_array_equal(p, 1.0)


def test_the_reference_values_are_the_defaults(make):
    rule = make("update_rule", "rmsprop")
    assert (rule.learning_rate, rule.decay, rule.epsilon) == (1e-4, 0.85, 1e-8)
