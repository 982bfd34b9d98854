"""What a loss promises: a value for each sample, and the gradient of their mean."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np

from framework.components.base import Array
from framework.components.layer import Arrays
from framework.components.loss import Loss
from framework.testing import stand_ins
from framework.testing.assertions import (
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
from framework.testing.checks import loss_formula, scalars, weights
from framework.testing.checks.expressions import loss_expression
from framework.testing.checks.loss_meaning import meaning
from framework.testing.example_batches import (
    WIDTH,
    columns_of,
    data_for,
    evaluate,
    outputs,
    targets,
)
from framework.testing.memory_growth import expect_no_growth
from framework.testing.stand_in_data import Clouds
from framework.testing.tiny_run import expect_trains, trained_by

_BATCHES = (1, 3, 8)
_EXACT = 1e-9
_SIZES = (1.0, 0.2, 4.0, 15.0)


@promise(
    '`targets` is "labels", "values" or "sets"; values and gradient are filled, for any batch size'
    " and any number of outputs."
)
def shapes(loss: Loss) -> None:
    expect(loss.targets in ("labels", "values", "sets"), f"targets is {loss.targets!r}")
    for columns in columns_of(loss):
        for batch in _BATCHES:
            z = outputs(loss, batch, columns=columns)
            t, width = targets(loss, batch, columns=columns), z.shape[1]
            try:
                values, gradient = evaluate(loss, z, t)
            except Exception as failed:
                expect(
                    False,
                    f"for {batch} samples and {width} outputs it raised"
                    f" {type(failed).__name__}: {failed}",
                )
            for what, array in (("values", values), ("gradient", gradient)):
                holes = int(np.count_nonzero(np.isnan(array)))
                expect(
                    not holes,
                    f"{holes} of {array.size} numbers of {what} are unwritten or nan for {batch}"
                    f" samples and {width} outputs",
                )


@promise("the gradient is that of the mean value, to 1e-6 of central differences in float64.")
def gradient(loss: Loss) -> None:
    for batch, columns, size in _cases(loss):
        z, t = outputs(loss, batch, columns=columns), targets(loss, batch, columns=columns)
        z *= size
        of = f"{batch} × {z.shape[1]} outputs of ±{2 * size:g}"
        _expect_gradient(loss, z, t, f"the gradient for {of}")
        if loss.targets == "values" and size == 1:
            t = 2 * normal(t.shape, 5)  # beyond 0 and 1, where that has a meaning
            if all(np.all(np.isfinite(a)) for a in evaluate(loss, z, t)):
                _expect_gradient(loss, z, t, "the gradient for targets of ±2")


def _cases(loss: Loss) -> Iterator[tuple[int, int, float]]:
    for columns in columns_of(loss):
        yield from ((batch, columns, 1.0) for batch in _BATCHES)
    yield from ((8, columns_of(loss)[0], size) for size in _SIZES)


def _batch(loss: Loss) -> tuple[Array, Array]:
    return outputs(loss, 8), targets(loss, 8)


def _expect_gradient(loss: Loss, z: Array, t: Array, what: str) -> None:
    _, gradient = evaluate(loss, z, t)
    expect_gradient(what, gradient, lambda: float(evaluate(loss, z, t)[0].mean()), z)


@promise("to follow its gradient down takes outputs towards their targets.")
def direction(loss: Loss) -> None:
    columns, t = columns_of(loss)[0], targets(loss, 64)
    z = outputs(loss, 64)
    z = 0.5 + 0.01 * normal(z.shape, 2)
    step = -evaluate(loss, z, t)[1]
    wanted = np.eye(columns)[t] if loss.targets == "labels" else t
    if step.shape != wanted.shape:
        before = _values_of(loss, z)
        after = _values_of(loss, z + 1e-3 * step / np.abs(step).max())
        if before is None or after is None:
            return  # labels without probabilities: `meaning` looks at the decisions
        step = after - before
    a, b = step - step.mean(axis=0), wanted - wanted.mean(axis=0)
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    along = float(np.sum(a * b)) / size if size else 0.0
    expect(along > -0.1, f"it takes them away: its descent and the targets agree by {along:.2f}")


def _values_of(loss: Loss, z: Array) -> Array | None:
    """Return what outputs mean, as numbers that change little by little."""
    return loss.decide(z) if loss.targets == "values" else loss.probabilities(z)


@promise("outputs of 0, outputs that are all alike and perfect ones give finite numbers.")
def zeros(loss: Loss) -> None:
    z, t = outputs(loss, 8), targets(loss, 8)
    cases = [("of 0", 0 * z), ("of 1", 0 * z + 1)]
    if loss.targets != "labels":
        cases.append(("that are perfect", np.resize(t.T, z.T.shape).T.copy()))
    elif z.shape[1] > int(t.max()):
        cases.append(("that are perfect", 9 * np.eye(z.shape[1])[t]))
    for what, given in cases:
        for name, array in zip(("values", "gradient"), evaluate(loss, given, t), strict=True):
            bad = int(np.count_nonzero(~np.isfinite(array)))
            expect(not bad, f"{bad} of {array.size} numbers of {name} are not, for outputs {what}")


@promise(
    "each sample's value is its own: the same alone, in any batch and in any order; a loss that"
    " looks at the whole batch says so (whole_batch), and only the order is free."
)
def samples_alone(loss: Loss) -> None:
    z, t = outputs(loss, 8), targets(loss, 8)
    values, gradient = evaluate(loss, z, t)
    order = np.array([3, 1, 6, 0, 7, 5, 2, 4])
    turned, turned_gradient = evaluate(loss, z[order], t[order])
    expect(close(turned, values[order], _EXACT), "samples in another order have other values")
    expect(
        close(turned_gradient, gradient[order], _EXACT),
        "samples in another order have other gradients",
    )
    if loss.whole_batch:
        return
    for i in range(8):
        alone, _ = evaluate(loss, z[i : i + 1], t[i : i + 1])
        expect(
            close(alone, values[i : i + 1], _EXACT),
            f"sample {i} has the value {alone[0]:.6g} alone, {values[i]:.6g} in a batch of 8",
        )


@promise("without a gradient (None) the values are the same.")
def inference(loss: Loss) -> None:
    z, t = outputs(loss, 8), targets(loss, 8)
    values, _ = evaluate(loss, z, t)
    alone, _ = evaluate(loss, z, t, wanted=False)
    expect(close(alone, values, _EXACT), "the values are others when no gradient is asked for")


@promise("outputs and targets are left alone.")
def arguments_are_left_alone(loss: Loss) -> None:
    for wanted in (True, False):
        z, t = outputs(loss, 8), targets(loss, 8)
        values, gradient = np.empty(8), np.empty_like(z)
        arrays = Arrays(**loss.scratch(z))
        with unchanged("evaluate", z=z, targets=t):
            loss.evaluate(z, t, values, gradient if wanted else None, arrays)


@promise("outputs of ±1e4 give finite values and gradients, in float32 too.")
def extremes(loss: Loss) -> None:
    for dtype in ("float32", "float64"):
        for size in (1e2, 1e4):
            z = (size * np.sign(normal(outputs(loss, 12).shape, 3))).astype(dtype)
            z[0], z[1] = size, -size
            t = targets(loss, 12, dtype)
            values, gradient = evaluate(loss, z, t)
            for what, array in (("values", values), ("gradient", gradient)):
                bad = array[~np.isfinite(array)]
                expect(
                    not len(bad),
                    f"{len(bad)} of {array.size} numbers of {what} are not finite ({bad[:1]}) for"
                    f" outputs of ±{size:g} in {dtype}",
                )


@promise("arrays are used in whatever order they lie in memory.")
def layouts(loss: Loss) -> None:
    z, t = outputs(loss, 8), targets(loss, 8)
    expected = evaluate(loss, z, t)
    for layout in LAYOUTS:
        computed = evaluate(loss, z, t, layout=layout)
        for what, a, b in zip(("values", "gradient"), computed, expected, strict=True):
            expect(close(a, b, _EXACT), f"the {what} are others, laid out as {layout}")


@promise("labels may be integers of any size, values floats of any; float32 is kept.")
def dtypes(loss: Loss) -> None:
    z, t = outputs(loss, 8, "float32"), targets(loss, 8)
    expected = evaluate(loss, z.astype("float64"), t)
    # Not uint64, which numpy 2.0 takes for no index; the core hands over int64 (`as_compared`).
    others = ("uint8", "int8", "int32") if loss.targets == "labels" else ("float32", "float64")
    for other in others:
        computed = evaluate(loss, z, t.astype(other))
        for what, a, b in zip(("values", "gradient"), computed, expected, strict=True):
            off = error(a.astype("float64"), b)
            expect(off < 1e-3, f"the {what} are off by {off:.1e} with float32 and {other} targets")
    for name, array in loss.scratch(z).items():
        leaked = array.dtype == np.float64
        expect(not leaked, f"scratch '{name}' is float64 where the outputs are float32")


@promise("scratch left by one batch does not reach the next one.")
def no_stale_scratch(loss: Loss) -> None:
    z, t = outputs(loss, 8), targets(loss, 8)
    expected = evaluate(loss, z, t)
    for name, other in (("other numbers", normal(z.shape, 9)), ("nan", z * np.nan)):
        arrays = Arrays(**loss.scratch(laid_out(z, "contiguous")))
        with contextlib.suppress(Exception):  # what it does with nan is its own affair
            evaluate(loss, other, t[::-1].copy(), arrays=arrays)
        computed = evaluate(loss, z, t, arrays=arrays)
        for what, a, b in zip(("values", "gradient"), computed, expected, strict=True):
            expect(same(a, b), f"the {what} are others after a batch of {name}")


@promise("the same outputs and targets give the same bytes; nothing is random or remembered.")
def determinism(loss: Loss) -> None:
    z, t = outputs(loss, 8), targets(loss, 8)

    def compute() -> dict[str, Array]:
        values, gradient = evaluate(loss, z, t)
        evaluate(loss, outputs(loss, 3), targets(loss, 3))
        return {"values": values, "gradient": gradient}

    expect_own_randomness("a loss", compute)


@promise("memory does not grow with the number of calls.", once=True)
def no_growth(loss: Loss) -> None:
    z, t = outputs(loss, 8), targets(loss, 8)
    values, gradient, arrays = np.empty(8), np.empty_like(z), Arrays(**loss.scratch(z))
    expect_no_growth("evaluate", lambda: loss.evaluate(z, t, values, gradient, arrays))


@promise(
    "networks train with it: the same bytes from the same seed, killed or not, every loss finite.",
    once=True,
)
def trains(loss: Loss) -> None:
    columns = 3 if columns_of(loss)[0] == WIDTH else columns_of(loss)[0]
    data = Clouds(targets=loss.targets, classes=columns)
    # A loss of large numbers needs small steps, which says nothing against it.
    size = float(np.linalg.norm(evaluate(loss, *_batch(loss))[1], axis=1).max())
    rule = stand_ins.Descent(learning_rate=0.1 / max(1.0, 16 * size))
    expect_trains(
        loss,
        outputs=loss.outputs(data_for(loss, columns)),
        layers=lambda plans: trained_by(plans, update_rule=rule),
        loss=loss,
        data=data,
    )


CHECKS: tuple[Check, ...] = (
    shapes,
    gradient,
    direction,
    meaning,
    *loss_formula.CHECKS,
    loss_expression,
    zeros,
    samples_alone,
    inference,
    arguments_are_left_alone,
    extremes,
    layouts,
    dtypes,
    no_stale_scratch,
    determinism,
    no_growth,
    scalars.LOSS,
    weights.LOSS,
    trains,
)
