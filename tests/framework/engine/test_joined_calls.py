"""Calls joined into one: the same results in the same order, whatever lies between."""

from __future__ import annotations

import numpy as np
import pytest

from framework.engine.blas import bind_gemm, bind_matmul
from framework.engine.joined_calls import is_of_c, joined

pytest.importorskip("llvmlite")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch", [1, 5])
def test_products_give_the_same_bytes_joined(dtype, batch):
    rng = np.random.default_rng(0)
    x, w, v = (rng.standard_normal(s).astype(dtype) for s in ((batch, 7), (7, 4), (4, 3)))
    h, z = np.empty((batch, 4), dtype), np.empty((batch, 3), dtype)
    update = bind_gemm(x.T, h, w, scale=-0.1, keep=1.0)
    if update is None:
        pytest.skip("numpy's BLAS cannot be called directly")
    calls = [bind_matmul(x, w, h), bind_matmul(h, v, z, 0.5), update.call]
    before = w.copy()
    for call in calls:
        call()
    expected = h.copy(), z.copy(), w.copy()
    w[...], h[...], z[...] = before, 0, 0
    (once,) = joined(calls)
    once()
    for made, array in zip((h, z, w), expected, strict=True):
        np.testing.assert_array_equal(made, array)
    update.set(-0.3, 1.0)  # a factor that changes is read where it lies
    w[...] = before
    once()
    np.testing.assert_allclose(w, before - 0.3 * x.T @ h, rtol=1e-4)


def test_calls_of_python_stay_between():
    heard: list[str] = []
    a, b, out = (np.ones((3, 3), np.float32) for _ in range(3))
    product = bind_matmul(a, b, out)
    if not is_of_c(product):
        pytest.skip("numpy's BLAS cannot be called directly")
    calls = joined([product, product, lambda: heard.append(f"{out[0, 0]:g}"), product])
    assert len(calls) == 3
    assert calls[2] is product
    out[...] = 0
    for call in calls:
        call()
    assert heard == ["3"]
    assert joined([]) == []
