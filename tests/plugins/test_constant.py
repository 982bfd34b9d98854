from __future__ import annotations

import numpy as np


def test_every_weight_is_the_value(make):
    rng = np.random.default_rng(0)
    np.testing.assert_array_equal(
        make("initializer", "constant", value=-2.5).draw(rng, (2, 3)), np.full((2, 3), -2.5)
    )
    np.testing.assert_array_equal(make("initializer", "zeros").draw(rng, (2, 3)), np.zeros((2, 3)))
