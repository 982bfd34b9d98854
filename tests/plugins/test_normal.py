from __future__ import annotations

import numpy as np


def test_draws_a_centred_normal_of_the_given_deviation(make):
    w = make("initializer", "small_normal").draw(np.random.default_rng(0), (400, 500))
    assert w.shape == (400, 500)
    assert abs(w.mean()) < 5 * 0.01 / np.sqrt(w.size)
    assert abs(w.std() / 0.01 - 1) < 0.01
    assert abs((np.abs(w) < 0.01).mean() - 0.6827) < 0.005, "not normal"


def test_same_seed_same_weights(make):
    draw = make("initializer", "small_normal", deviation=2.0).draw
    first, again = draw(np.random.default_rng(7), (3, 4)), draw(np.random.default_rng(7), (3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, draw(np.random.default_rng(8), (3, 4)))
