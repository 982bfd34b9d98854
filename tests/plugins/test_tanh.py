from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.layers import check_gradients, forward
from tests.reference import activate


def away_from_the_kink(batch: int) -> np.ndarray:
    x = np.random.default_rng(batch).standard_normal((batch, 5))
    return x + 0.01 * np.sign(x)


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_gradient_agrees_with_differences(make, batch):
    check_gradients(make("layer", "tanh"), away_from_the_kink(batch))


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=9))
def test_matches_the_formula_everywhere(make, values):
    x = np.array([values])
    computed = forward(make("layer", "tanh"), x)
    np.testing.assert_allclose(computed, activate("tanh", x), rtol=1e-12, atol=1e-300)


def test_keeps_the_shape_and_needs_no_parameters(make):
    layer = make("layer", "tanh")
    assert layer.output_shape((3, 4)) == (3, 4)
    assert list(layer.parameters((3, 4))) == []
