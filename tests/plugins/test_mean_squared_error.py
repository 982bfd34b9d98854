from __future__ import annotations

import numpy as np

from tests import reference
from tests.differences import assert_agree, gradient
from tests.losses import evaluate


def test_matches_the_formula_and_differences(make):
    rng = np.random.default_rng(0)
    z, t = rng.standard_normal((5, 3)), rng.standard_normal((5, 3))
    loss = make("loss", "mean_squared_error")
    losses, g = evaluate(loss, z, t)
    expected, expected_g = reference.mean_squared_error(z, t)
    assert np.isclose(losses.mean(), expected)
    np.testing.assert_allclose(g, expected_g, rtol=1e-13)
    assert_agree(g, gradient(lambda: float(evaluate(loss, z, t)[0].mean()), z))


def test_is_zero_at_the_target(make):
    t = np.ones((2, 3))
    losses, g = evaluate(make("loss", "mean_squared_error"), t, t)
    assert not losses.any()
    assert not g.any()
