"""Whether the forms of a loss come to the same: its formula, its method, machine code."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np

from framework.components.base import Array
from framework.components.loss import Loss
from framework.components.loss_formula import LossFormula, evaluate_rows, stated_loss
from framework.engine.compiled_loss import CompiledLoss
from framework.errors import PluginError
from framework.testing.assertions import close
from framework.testing.check import Check, UnansweredError, expect, promise
from framework.testing.example_batches import columns_of, evaluate, outputs, targets

_EXACT = 1e-12
_SIZES = (1.0, 15.0)
_BATCH = 5


@promise("where it states a `formula` and `evaluate`, both come to the same, to 1e-12 in float64.")
def formula(loss: Loss) -> None:
    stated = _stated(loss)
    if stated is None:
        return
    for z, t in _batches(loss):
        _expect_alike(
            _by_rows(stated, loss, z, t), evaluate(loss, z, t), "by its formula than by `evaluate`"
        )


@promise("its `formula`, compiled, comes to what it comes to in numpy.", once=True)
def compiled_formula(loss: Loss) -> None:
    stated = _stated(loss)
    if stated is None:
        return
    if find_spec("numba") is None:
        raise UnansweredError("Numba is not installed (`pip install 'mlp-framework[fast]'`)")
    try:
        compiled = CompiledLoss(loss, stated, _batches(loss)[0][0].shape[1], "float64")
    except PluginError as error:
        expect(False, f"{error}; expected arithmetic and numpy's functions of single elements")
    for z, t in _batches(loss):
        losses, gradient = np.empty(len(z)), np.empty_like(z)
        expect(
            compiled.takes(t, z),
            f"it has a formula, and targets of shape {t.shape} for z {z.shape}",
        )
        compiled.bind(z, t, losses, gradient).call()
        _expect_alike((losses, gradient), _by_rows(stated, loss, z, t), "compiled than in numpy")


def _by_rows(stated: LossFormula, loss: Loss, z: Array, t: Array) -> tuple[Array, Array]:
    losses, gradient = np.empty(len(z)), np.empty_like(z)
    evaluate_rows(stated, stated.values(loss, 0), z, t, losses, gradient)
    return losses, gradient


def _batches(loss: Loss) -> list[tuple[Array, Array]]:
    columns = columns_of(loss)[0]
    z, t = outputs(loss, _BATCH, columns=columns), targets(loss, _BATCH, columns=columns)
    return [(np.asfortranarray(size * z), t) for size in _SIZES]


def _expect_alike(own: tuple[Array, Array], other: tuple[Array, Array], what: str) -> None:
    for name, a, b in zip(("a value", "a gradient"), own, other, strict=True):
        expect(close(a, b, _EXACT), f"{name} comes out otherwise {what}, in float64")


def _stated(loss: Loss) -> LossFormula | None:
    try:
        return stated_loss(loss)
    except PluginError as error:
        expect(False, str(error))
        raise


CHECKS: tuple[Check, ...] = (formula, compiled_formula)
