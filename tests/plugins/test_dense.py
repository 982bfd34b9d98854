from __future__ import annotations

import numpy as np
import pytest

from tests.layers import bound, check_gradients


def test_is_x_w_plus_b(make):
    dense = make("layer", "dense", units=3)
    x = np.random.default_rng(0).standard_normal((5, 4))
    arrays, out = bound(dense, x, np.random.default_rng(1))
    np.testing.assert_allclose(
        dense.forward(x, out, arrays), x @ arrays.weights + arrays.bias, rtol=1e-14
    )


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_gradients_agree_with_differences(make, batch):
    check_gradients(
        make("layer", "dense", units=3), np.random.default_rng(batch).standard_normal((batch, 4))
    )


def test_keeps_what_it_promises_as_affine(make):
    dense = make("layer", "dense", units=3)
    assert dense.affine
    names = [(p.name, p.shape, p.weight) for p in dense.parameters((4,))]
    assert names == [("weights", (4, 3), True), ("bias", (3,), False)]


def test_refuses_samples_that_are_not_flat(make):
    with pytest.raises(ValueError, match="flat"):
        make("layer", "dense", units=3).output_shape((28, 28))
