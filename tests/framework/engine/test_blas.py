"""Products bound to arrays, in every order and size, against numpy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.engine import blas

SIZES = st.integers(1, 9)
FORMS = st.sampled_from(["C", "F", "padded", "padded F", "part"])


def array(rng, rows, columns, form, dtype):
    """Make a matrix in one of the forms that the core binds."""
    matrix = rng.standard_normal((rows, columns)).astype(dtype)
    if form == "padded":
        room = np.zeros((rows, columns + 5), dtype)
        room[:, :columns] = matrix
        return room[:, :columns]
    if form == "padded F":
        return array(rng, columns, rows, "padded", dtype).T
    if form == "part":
        room = np.zeros((rows + 1, columns), dtype)
        room[:rows] = matrix
        return room[:rows]
    return np.asarray(matrix, order=form)


@settings(max_examples=200, deadline=None)
@given(SIZES, SIZES, SIZES, FORMS, FORMS, FORMS, st.sampled_from(["f", "d"]), st.data())
def test_adds_scaled_products_in_every_form(m, k, n, fa, fb, fo, dtype, data):
    rng = np.random.default_rng(m * 100 + k * 10 + n)
    a, b = array(rng, m, k, fa, dtype), array(rng, k, n, fb, dtype)
    out = array(rng, m, n, fo, dtype)
    scale, keep = data.draw(st.sampled_from([(1.0, 0.0), (-0.5, 1.0), (2.0, 0.25)]))
    expected = scale * (a.astype("d") @ b.astype("d")) + keep * out.astype("d")
    bound = blas.bind_gemm(a, b, out, scale=scale, keep=keep)
    if bound is None:  # numpy's library cannot be called here; plain products are still right
        blas.bind_matmul(a, b, out)()
        expected = a.astype("d") @ b.astype("d")
    else:
        bound.call()
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(SIZES, SIZES, FORMS, FORMS, FORMS, st.sampled_from(["f", "d"]))
def test_a_single_row_is_a_product_like_any_other(k, n, fa, fb, fo, dtype):
    rng = np.random.default_rng(k * 10 + n)
    a, b = array(rng, 1, k, fa, dtype), array(rng, k, n, fb, dtype)
    out = array(rng, 1, n, fo, dtype)
    blas.bind_matmul(a, b, out, scale=0.5)()
    np.testing.assert_allclose(out, 0.5 * (a.astype("d") @ b.astype("d")), rtol=1e-5, atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(SIZES, SIZES, FORMS, FORMS, FORMS, st.sampled_from(["f", "d"]))
def test_a_column_times_a_row_is_added_like_any_product(m, n, fa, fb, fo, dtype):
    rng = np.random.default_rng(m * 10 + n)
    a, b = array(rng, 1, m, fa, dtype), array(rng, 1, n, fb, dtype)
    out = array(rng, m, n, fo, dtype)
    expected = out - 0.25 * a.T @ b
    bound = blas.bind_added(a.T, b, out)
    assert bound is not None
    bound.set(-0.25, 1.0)
    bound.call()
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-6)


def test_bound_arrays_stay_alive():
    a, b, out = (np.ones((50, 50)) for _ in range(3))
    call = blas.bind_matmul(a, b, out)
    held = out
    del a, b, out
    junk = [np.full((50, 50), 7.0) for _ in range(50)]
    call()
    assert junk[0][0, 0] == 7
    np.testing.assert_array_equal(held, 50.0)


def test_factors_may_change_between_calls():
    a, b, out = np.ones((2, 2)), np.ones((2, 2)), np.zeros((2, 2))
    bound = blas.bind_gemm(a, b, out, scale=1.0, keep=0.0)
    if bound is None:
        pytest.skip("numpy's library cannot be called here")
    bound.call()
    bound.set(-0.5, 1.0)
    bound.call()
    np.testing.assert_array_equal(out, 1.0)


@pytest.mark.parametrize("dtype", ["f", "d"])
@pytest.mark.parametrize("direct", [True, False])
def test_blend_is_its_formula(dtype, direct, monkeypatch):
    if not direct:
        monkeypatch.setattr(blas, "_axpby", lambda char: None)
    rng = np.random.default_rng(0)
    y, x = rng.standard_normal(1001).astype(dtype), rng.standard_normal(1001).astype(dtype)
    expected = 0.75 * y - 0.5 * x
    blas.axpby(y, 0.75, x, -0.5)
    np.testing.assert_allclose(y, expected, rtol=1e-6 if dtype == "f" else 1e-14, atol=1e-7)
