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
    check_gradients(make("layer", "relu"), away_from_the_kink(batch))


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=9))
def test_matches_the_formula_everywhere(make, values):
    x = np.array([values])
    computed = forward(make("layer", "relu"), x)
    np.testing.assert_allclose(computed, activate("relu", x), rtol=1e-12, atol=1e-300)


def test_keeps_the_shape_and_needs_no_parameters(make):
    layer = make("layer", "relu")
    assert layer.output_shape((3, 4)) == (3, 4)
    assert list(layer.parameters((3, 4))) == []


def test_gradient_at_zero_is_zero(make):
    relu, x = make("layer", "relu"), np.zeros((1, 2))
    from framework import Arrays

    arrays = Arrays(**relu.scratch(x, x))
    assert not relu.input_gradient(x, x, np.ones_like(x), np.empty_like(x), arrays).any()
