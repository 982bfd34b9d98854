"""A loss's formula as machine code: in any order in memory, and never beyond a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pytest

from framework import Loss, PluginError
from framework.engine.compiled_loss import compiled_loss
from tests.framework.testing.correct.losses import Stated

pytest.importorskip("numba")


@dataclass(frozen=True)
class Beyond(Loss):
    """Looks at the number behind the last."""

    targets: ClassVar[Literal["labels", "values"]] = "labels"

    @staticmethod
    def formula(z, target, gradient):
        gradient[0] = z[target + 1]
        return z[0]


def test_a_formula_that_goes_beyond_a_row_is_refused():
    with pytest.raises(PluginError, match="the formula of Beyond goes beyond a row of 3: index 3"):
        compiled_loss(Beyond(), 3, "float64")
    with pytest.raises(PluginError, match="goes beyond a row of 1"):
        compiled_loss(Beyond(), 1, "float64")


@pytest.mark.slow
@pytest.mark.parametrize("rows", [1, 15, 16, 40])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_of_any_number_and_order_are_evaluated(rows, order, dtype):
    rng = np.random.default_rng(0)
    room = [np.full((rows + 1, 8), 7, dtype, order=order) for _ in range(2)]
    z, gradient = (array[:rows, :5] for array in room)
    z[...], targets = rng.standard_normal((rows, 5)), rng.standard_normal((rows, 5)).astype(dtype)
    losses = np.empty(rows, dtype)
    compiled = compiled_loss(Stated(), 5, dtype)
    assert compiled is not None
    assert compiled.takes(targets, z)
    assert not compiled.takes(targets[:, :1], z)
    compiled.bind(z, targets, losses, gradient).call()
    np.testing.assert_allclose(losses, ((z - targets) ** 2).sum(axis=1), rtol=1e-5)
    np.testing.assert_allclose(gradient, 2 * (z - targets) / rows, rtol=1e-5, atol=1e-7)
    assert (room[1][rows:] == 7).all()
    assert (room[1][:, 5:] == 7).all()
