from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework import Arrays
from tests.layers import check_gradients, forward
from tests.reference import activate


def away_from_the_kink(batch: int) -> np.ndarray:
    x = np.random.default_rng(batch).standard_normal((batch, 5))
    return x + 0.01 * np.sign(x)


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_gradient_agrees_with_differences(make, batch):
    check_gradients(make("layer", "sigmoid"), away_from_the_kink(batch))


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=9))
def test_matches_the_formula_everywhere(make, values):
    x = np.array([values])
    computed = forward(make("layer", "sigmoid"), x)
    np.testing.assert_allclose(computed, activate("sigmoid", x), rtol=1e-12, atol=1e-300)


def test_keeps_the_shape_and_needs_no_parameters(make):
    layer = make("layer", "sigmoid")
    assert layer.output_shape((3, 4)) == (3, 4)
    assert list(layer.parameters((3, 4))) == []


def test_extremes_in_float32_raise_no_warning(make):
    x = np.array([[-1e4, -100, 0, 100, 1e4]], np.float32)
    layer, out = make("layer", "sigmoid"), np.empty_like(x)
    computed = layer.forward(x, out, Arrays(**layer.scratch(x, out)))
    assert np.all(np.isfinite(computed))
    np.testing.assert_allclose(computed, [[0, 0, 0.5, 1, 1]], atol=1e-30)
