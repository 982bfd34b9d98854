"""What a regularizer promises: a penalty, and exactly its gradient, added."""

from __future__ import annotations

import numpy as np

from framework.components.base import Array
from framework.components.regularizer import Regularizer
from framework.testing.assertions import (
    LAYOUTS,
    close,
    error,
    expect_gradient,
    expect_own_randomness,
    laid_out,
    normal,
    unchanged,
)
from framework.testing.check import Check, expect, promise
from framework.testing.checks import scalars
from framework.testing.memory_growth import expect_no_growth
from framework.testing.tiny_run import expect_trains, trained_by

_SHAPES = ((5, 4), (7,), (1, 1), (2, 3, 4))
_SIZES = (1.0, 0.05, 12.0)
_EXACT = 1e-9


def _penalty(regularizer: Regularizer, w: Array) -> float:
    return regularizer.penalty(w, np.full_like(w, np.nan))


def _gradient(regularizer: Regularizer, w: Array, start: float = 0.0) -> Array:
    g = np.full_like(w, start)
    regularizer.add_gradient(w, g, np.full_like(w, np.nan))
    return g - start


@promise("penalty gives a finite float, 0 or more, whatever scratch holds.")
def penalty(regularizer: Regularizer) -> None:
    for shape in _SHAPES:
        for w in (normal(shape, 1), np.zeros(shape), 1e3 * normal(shape, 2)):
            value = _penalty(regularizer, w)
            number = isinstance(value, float | int | np.floating) and not isinstance(value, bool)
            expect(number, f"for weights {shape} it gave {type(value).__name__}, not a float")
            expect(np.isfinite(value) and value >= 0, f"for weights {shape} it gave {value}")


@promise("add_gradient gives the penalty's gradient, to 1e-6 of central differences in float64.")
def gradient(regularizer: Regularizer) -> None:
    for shape in _SHAPES:
        for size in _SIZES:
            for w in (size * normal(shape, 1), size * np.abs(normal(shape, 4))):
                computed = _gradient(regularizer, w)
                expect_gradient(
                    f"the gradient for weights {shape} of size {size:g}",
                    computed,
                    lambda w=w: _penalty(regularizer, w),  # type: ignore[misc]
                    w,
                )


@promise("weights of 0, some or all of them, have a finite gradient, in float32 too.")
def zeros(regularizer: Regularizer) -> None:
    for shape in _SHAPES:
        for dtype in ("float64", "float32"):
            some = normal(shape, 1, dtype)
            some[..., :1] = 0
            row = normal(shape, 1, dtype)
            row[:1] = 0
            for what, w in (("all", np.zeros_like(some)), ("one column", some), ("one row", row)):
                bad = int(np.count_nonzero(~np.isfinite(_gradient(regularizer, w))))
                expect(not bad, f"{bad} of {w.size} are not, where {what} of {shape} is 0")


@promise("add_gradient adds to the gradient that is there.")
def adds(regularizer: Regularizer) -> None:
    for shape in _SHAPES:
        w = normal(shape, 1)
        alone, added = _gradient(regularizer, w), _gradient(regularizer, w, 5.0)
        expect(
            close(added + 5, alone + 5, _EXACT),
            "where the gradient was 5, it left"
            f" {added.flat[0] + 5:.6g}; expected {alone.flat[0] + 5:.6g}",
        )


@promise("weights are left alone.")
def weights_are_left_alone(regularizer: Regularizer) -> None:
    w = normal((5, 4), 1)
    with unchanged("penalty", w=w):
        _penalty(regularizer, w)
    with unchanged("add_gradient", w=w):
        _gradient(regularizer, w)


@promise("arrays are used in whatever order they lie in memory.")
def layouts(regularizer: Regularizer) -> None:
    plain = normal((5, 4), 1)
    expected = _penalty(regularizer, plain), _gradient(regularizer, plain)
    for layout in LAYOUTS:
        w, g, scratch = (laid_out(a, layout) for a in (plain, 0 * plain, plain))
        value = regularizer.penalty(w, scratch)
        off = abs(value - expected[0])
        expect(
            off <= _EXACT * max(1.0, abs(expected[0])),
            f"the penalty is {value:.6g}, laid out as {layout}; else {expected[0]:.6g}",
        )
        regularizer.add_gradient(w, g, scratch)
        expect(close(g, expected[1], _EXACT), f"the gradient is another one, laid out as {layout}")


@promise(
    "where l2_coefficient() gives c, the penalty is exactly c/2 · Σ w² and the gradient c · w."
)
def l2_coefficient(regularizer: Regularizer) -> None:
    c = regularizer.l2_coefficient()
    if c is None:
        return
    for shape in _SHAPES:
        w = 12 * normal(shape, 1)
        off = error(_gradient(regularizer, w), c * w)
        expect(off < _EXACT, f"the gradient is off from {c} w by {off:.1e} of its size")
        value, expected = _penalty(regularizer, w), c / 2 * float(np.sum(w * w))
        wide, wanted = abs(value - expected), f"{c} / 2 Σ w², {expected:.6g}"
        expect(wide <= _EXACT * expected, f"the penalty is {value:.6g}, not {wanted}")


@promise("float32 gives what float64 gives, up to rounding.")
def dtypes(regularizer: Regularizer) -> None:
    w = normal((5, 4), 1, "float32")
    exact = w.astype("float64")
    off = error(_gradient(regularizer, w).astype("float64"), _gradient(regularizer, exact))
    expect(off < 1e-3, f"the gradient in float32 is off by {off:.1e}")
    a, b = _penalty(regularizer, w), _penalty(regularizer, exact)
    expect(abs(a - b) <= 1e-3 * max(1e-3, abs(b)), f"the penalty is {a} in float32, {b} in float64")


@promise("the same weights give the same bytes; nothing is random or remembered.")
def determinism(regularizer: Regularizer) -> None:
    w = normal((5, 4), 1)

    def compute() -> dict[str, Array]:
        first = np.array([_penalty(regularizer, w)]), _gradient(regularizer, w)
        _gradient(regularizer, normal((7,), 2)), _penalty(regularizer, normal((7,), 2))
        return {"penalty": first[0], "gradient": first[1]}

    expect_own_randomness("a penalty", compute)


@promise("memory does not grow with the number of calls.", once=True)
def no_growth(regularizer: Regularizer) -> None:
    w = normal((5, 4), 1)
    g, scratch = np.zeros_like(w), np.zeros_like(w)

    def call() -> None:
        regularizer.penalty(w, scratch)
        regularizer.add_gradient(w, g, scratch)

    expect_no_growth("penalty and add_gradient", call)


@promise(
    "networks train with it: the same bytes from the same seed, killed or not, every loss finite.",
    once=True,
)
def trains(regularizer: Regularizer) -> None:
    expect_trains(regularizer, layers=lambda plans: trained_by(plans, regularizer=regularizer))


CHECKS: tuple[Check, ...] = (
    penalty,
    gradient,
    zeros,
    adds,
    weights_are_left_alone,
    layouts,
    l2_coefficient,
    dtypes,
    determinism,
    no_growth,
    scalars.REGULARIZER,
    trains,
)
