from __future__ import annotations

import numpy as np

from tests.differences import assert_agree, gradient


def weights() -> np.ndarray:
    w = np.random.default_rng(0).standard_normal((3, 4))
    return w + 0.01 * np.sign(w)


def test_penalty_is_the_formula(make):
    w = weights()
    expected = 0.3 * float(np.abs(w).sum())
    assert np.isclose(
        make("regularizer", "l1", strength=0.3).penalty(w, np.empty_like(w)), expected
    )


def test_gradient_is_added_and_agrees_with_differences(make):
    regularizer, w = make("regularizer", "l1", strength=0.3), weights()
    scratch = np.empty_like(w)
    g = np.ones_like(w)
    regularizer.add_gradient(w, g, scratch)
    assert_agree(g - 1, gradient(lambda: regularizer.penalty(w, scratch), w))


def test_no_strength_no_penalty(make):
    assert make("regularizer", "l1").strength > 0, "a choice that does nothing is none"
    assert make("regularizer", "l1", strength=0.0).l2_coefficient() == 0
