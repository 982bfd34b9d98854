from __future__ import annotations

import numpy as np


def test_changes_nothing(make):
    none, w, g = make("regularizer", "none"), np.ones((2, 2)), np.full((2, 2), 3.0)
    none.add_gradient(w, g, np.empty_like(w))
    assert none.penalty(w, np.empty_like(w)) == 0
    assert none.l2_coefficient() == 0
    np.testing.assert_array_equal(g, 3.0)
