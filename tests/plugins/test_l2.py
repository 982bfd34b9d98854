from __future__ import annotations

import numpy as np

from tests.differences import assert_agree, gradient


def weights() -> np.ndarray:
    w = np.random.default_rng(0).standard_normal((3, 4))
    return w + 0.01 * np.sign(w)


def test_penalty_is_the_formula(make):
    w = weights()
    expected = 0.3 * float((w**2).sum())
    assert np.isclose(
        make("regularizer", "l2", strength=0.3).penalty(w, np.empty_like(w)), expected
    )


def test_gradient_is_added_and_agrees_with_differences(make):
    regularizer, w = make("regularizer", "l2", strength=0.3), weights()
    scratch = np.empty_like(w)
    g = np.ones_like(w)
    regularizer.add_gradient(w, g, scratch)
    assert_agree(g - 1, gradient(lambda: regularizer.penalty(w, scratch), w))


def test_no_strength_no_penalty(make):
    assert make("regularizer", "l2").strength > 0, "a choice that does nothing is none"
    assert make("regularizer", "l2", strength=0.0).l2_coefficient() == 0


def test_decay_is_the_factor_of_its_gradient(make):
    regularizer, w = make("regularizer", "l2", strength=0.3), weights()
    g = np.zeros_like(w)
    regularizer.add_gradient(w, g, np.empty_like(w))
    np.testing.assert_allclose(g, regularizer.l2_coefficient() * w, rtol=1e-15)
