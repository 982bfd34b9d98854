from __future__ import annotations

import numpy as np
import pytest

from framework import Arrays
from tests import reference
from tests.differences import assert_agree, gradient
from tests.losses import evaluate


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("batch", [1, 2, 7])
def test_matches_the_formula_and_differences(make, batch, order):
    rng = np.random.default_rng(batch)
    z = np.asarray(rng.standard_normal((batch, 5)), order=order)
    labels = rng.integers(0, 5, batch)
    loss = make("loss", "softmax_cross_entropy")
    losses, g = evaluate(loss, z, labels)
    expected, expected_g = reference.softmax_cross_entropy(z, labels)
    assert np.isclose(losses.mean(), expected, rtol=1e-14)
    np.testing.assert_allclose(g, expected_g, rtol=1e-13, atol=1e-16)
    assert_agree(g, gradient(lambda: float(evaluate(loss, z, labels)[0].mean()), z))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logits_of_ten_thousand_stay_finite(make, dtype):
    z = np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4], [1e4, 1e4, 1e4]], dtype)
    losses, g = evaluate(make("loss", "softmax_cross_entropy"), z, [1, 0, 2])
    np.testing.assert_allclose(losses, [2e4, np.log(3), np.log(3)], rtol=1e-6)
    assert np.all(np.isfinite(g))


def test_gradients_of_a_row_sum_to_zero(make):
    z = np.random.default_rng(0).standard_normal((6, 4))
    _, g = evaluate(make("loss", "softmax_cross_entropy"), z, [0, 1, 2, 3, 0, 1])
    np.testing.assert_allclose(g.sum(axis=1), 0, atol=1e-16)


@pytest.mark.parametrize("order", ["C", "F"])
def test_room_grows_with_the_classes_and_not_with_their_square(make, order):
    z = np.zeros((4, 20_000), np.float32, order=order)
    loss = make("loss", "softmax_cross_entropy")
    arrays = Arrays(**loss.scratch(z))
    assert sum(array.nbytes for array in vars(arrays).values()) < 5 * z.nbytes
    losses, gradient = np.empty(4, np.float32), np.empty_like(z)
    labels = np.array([0, 19_999, 7, 7])
    loss.evaluate(z, labels, losses, gradient, arrays)
    np.testing.assert_allclose(losses, np.log(20_000), rtol=1e-6)
    expected = np.full(z.shape, 1 / 20_000)
    expected[range(4), labels] -= 1
    np.testing.assert_allclose(gradient, expected / 4, rtol=1e-5)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "int64"])
def test_labels_may_be_integers_of_any_type(make, dtype):
    z = np.random.default_rng(3).standard_normal((5, 250))
    labels = np.array([0, 100, 249, 128, 3])
    expected = evaluate(make("loss", "softmax_cross_entropy"), z, labels)
    given = evaluate(make("loss", "softmax_cross_entropy"), z, labels.astype(dtype))
    for a, b in zip(expected, given, strict=True):
        np.testing.assert_array_equal(a, b)
