"""What a loss promises: a value for each sample, and the gradient of their mean."""

from __future__ import annotations

import contextlib

import numpy as np

from framework.component import Array
from framework.layer import Own
from framework.loss import Loss
from framework.testing import parts
from framework.testing.arrays import (
    LAYOUTS,
    close,
    error,
    expect_gradient,
    expect_own_randomness,
    laid_out,
    normal,
    same,
    unchanged,
)
from framework.testing.check import Check, expect, promise
from framework.testing.memory import expect_no_growth
from framework.testing.training import expect_trains

_WIDTH = 4
_BATCHES = (1, 3, 8)
_EXACT = 1e-9


def _outputs(batch: int, dtype: str = "float64") -> Array:
    return 2 * normal((batch, _WIDTH), batch, dtype)


def _targets(loss: Loss, batch: int, dtype: str = "float64") -> Array:
    rng = np.random.default_rng(100 + batch)
    if loss.targets == "labels":
        return rng.integers(0, _WIDTH, batch)
    return rng.uniform(0.05, 0.95, (batch, _WIDTH)).astype(dtype)


def _evaluate(
    loss: Loss,
    z: Array,
    targets: Array,
    *,
    layout: str = "contiguous",
    own: Own | None = None,
    wanted: bool = True,
) -> tuple[Array, Array]:
    """Give values and gradient; both hold nan before."""
    placed = laid_out(z, layout)
    values = np.full(len(z), np.nan, z.dtype)
    gradient = laid_out(np.full_like(z, np.nan), layout)
    own = Own(**loss.scratch(placed)) if own is None else own
    loss.evaluate(placed, targets, values, gradient if wanted else None, own)
    return values, gradient


@promise('`targets` is "labels" or "values"; values and gradient are filled, for any batch size.')
def shapes(loss: Loss) -> None:
    expect(loss.targets in ("labels", "values"), f"targets is {loss.targets!r}")
    for batch in _BATCHES:
        values, gradient = _evaluate(loss, _outputs(batch), _targets(loss, batch))
        for what, array in (("values", values), ("gradient", gradient)):
            holes = int(np.count_nonzero(np.isnan(array)))
            expect(not holes, f"{holes} of {array.size} numbers of {what} are unwritten or nan")


@promise("the gradient is that of the mean value, to 1e-6 of central differences in float64.")
def gradient(loss: Loss) -> None:
    for batch in _BATCHES:
        z, targets = _outputs(batch), _targets(loss, batch)
        _, found = _evaluate(loss, z, targets)
        expect_gradient(
            f"the gradient for a batch of {batch}",
            found,
            lambda z=z, t=targets: float(_evaluate(loss, z, t)[0].mean()),  # type: ignore[misc]
            z,
        )


@promise("each sample's value is its own: the same alone, in any batch and in any order.")
def samples_alone(loss: Loss) -> None:
    z, targets = _outputs(8), _targets(loss, 8)
    values, gradient = _evaluate(loss, z, targets)
    order = np.array([3, 1, 6, 0, 7, 5, 2, 4])
    turned, turned_gradient = _evaluate(loss, z[order], targets[order])
    expect(close(turned, values[order], _EXACT), "samples in another order have other values")
    expect(
        close(turned_gradient, gradient[order], _EXACT),
        "samples in another order have other gradients",
    )
    for i in range(8):
        one, _ = _evaluate(loss, z[i : i + 1], targets[i : i + 1])
        expect(
            close(one, values[i : i + 1], _EXACT),
            f"sample {i} has the value {one[0]:.6g} alone, {values[i]:.6g} in a batch of 8",
        )


@promise("without a gradient (None) the values are the same.")
def inference(loss: Loss) -> None:
    z, targets = _outputs(8), _targets(loss, 8)
    values, _ = _evaluate(loss, z, targets)
    alone, _ = _evaluate(loss, z, targets, wanted=False)
    expect(close(alone, values, _EXACT), "the values are others when no gradient is asked for")


@promise("outputs and targets are left alone.")
def arguments_are_left_alone(loss: Loss) -> None:
    for wanted in (True, False):
        z, targets = _outputs(8), _targets(loss, 8)
        values, gradient = np.empty(8), np.empty_like(z)
        own = Own(**loss.scratch(z))
        with unchanged("evaluate", z=z, targets=targets):
            loss.evaluate(z, targets, values, gradient if wanted else None, own)


@promise("outputs of ±1e4 give finite values and gradients, in float32 too.")
def extremes(loss: Loss) -> None:
    for dtype in ("float32", "float64"):
        for size in (1e2, 1e4):
            z = (size * np.sign(normal((12, _WIDTH), 3))).astype(dtype)
            z[0], z[1] = size, -size
            targets = _targets(loss, 12, dtype)
            values, gradient = _evaluate(loss, z, targets)
            for what, array in (("values", values), ("gradient", gradient)):
                bad = array[~np.isfinite(array)]
                expect(
                    not len(bad),
                    f"{len(bad)} of {array.size} numbers of {what} are not finite ({bad[:1]}) for"
                    f" outputs of ±{size:g} in {dtype}",
                )


@promise("arrays are used in whatever order they lie in memory.")
def layouts(loss: Loss) -> None:
    z, targets = _outputs(8), _targets(loss, 8)
    expected = _evaluate(loss, z, targets)
    for layout in LAYOUTS:
        found = _evaluate(loss, z, targets, layout=layout)
        for what, a, b in zip(("values", "gradient"), found, expected, strict=True):
            expect(close(a, b, _EXACT), f"the {what} are others, laid out as {layout}")


@promise("labels may be integers of any size, values floats of any; float32 is kept.")
def dtypes(loss: Loss) -> None:
    z, targets = _outputs(8, "float32"), _targets(loss, 8)
    expected = _evaluate(loss, z.astype("float64"), targets)
    others = ("uint8", "int32", "int64") if loss.targets == "labels" else ("float32", "float64")
    for other in others:
        found = _evaluate(loss, z, targets.astype(other))
        for what, a, b in zip(("values", "gradient"), found, expected, strict=True):
            off = error(a.astype("float64"), b)
            expect(off < 1e-3, f"the {what} are off by {off:.1e} with float32 and {other} targets")
    for name, array in loss.scratch(z).items():
        leaked = array.dtype == np.float64
        expect(not leaked, f"scratch '{name}' is float64 where the outputs are float32")


@promise("scratch left by one batch does not reach the next one.")
def no_stale_scratch(loss: Loss) -> None:
    z, targets = _outputs(8), _targets(loss, 8)
    expected = _evaluate(loss, z, targets)
    for name, other in (("other numbers", normal(z.shape, 9)), ("nan", z * np.nan)):
        own = Own(**loss.scratch(laid_out(z, "contiguous")))
        with contextlib.suppress(Exception):  # what it does with nan is its own affair
            _evaluate(loss, other, targets[::-1].copy(), own=own)
        found = _evaluate(loss, z, targets, own=own)
        for what, a, b in zip(("values", "gradient"), found, expected, strict=True):
            expect(same(a, b), f"the {what} are others after a batch of {name}")


@promise("the same outputs and targets give the same bytes; nothing is random or remembered.")
def determinism(loss: Loss) -> None:
    z, targets = _outputs(8), _targets(loss, 8)

    def compute() -> dict[str, Array]:
        values, gradient = _evaluate(loss, z, targets)
        _evaluate(loss, _outputs(3), _targets(loss, 3))
        return {"values": values, "gradient": gradient}

    expect_own_randomness("a loss", compute)


@promise("memory does not grow with the number of calls.")
def no_growth(loss: Loss) -> None:
    z, targets = _outputs(8), _targets(loss, 8)
    values, gradient, own = np.empty(8), np.empty_like(z), Own(**loss.scratch(z))
    expect_no_growth("evaluate", lambda: loss.evaluate(z, targets, values, gradient, own))


@promise("networks train with it: the same bytes from the same seed, every loss finite.")
def trains(loss: Loss) -> None:
    expect_trains(loss, loss=loss, data=parts.Clouds(targets=loss.targets))


CHECKS: tuple[Check, ...] = (
    shapes,
    gradient,
    samples_alone,
    inference,
    arguments_are_left_alone,
    extremes,
    layouts,
    dtypes,
    no_stale_scratch,
    determinism,
    no_growth,
    trains,
)
