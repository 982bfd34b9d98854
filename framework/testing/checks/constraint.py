"""What a constraint promises: weights are brought to where they fulfil it, and then left alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from framework.components.base import Array
from framework.components.constraint import Constraint
from framework.testing.assertions import (
    LAYOUTS,
    close,
    expect_own_randomness,
    laid_out,
    normal,
)
from framework.testing.check import Check, expect, promise
from framework.testing.checks import scalars
from framework.testing.example_values import values_of
from framework.testing.memory_growth import expect_no_growth
from framework.testing.tiny_run import expect_trains, trained_by

_SHAPES = ((5, 4), (7,), (1, 1), (2, 3, 4))
_SIZES = (1.0, 0.05, 12.0, 1e3)
_EXACT = 1e-9


def _projected(constraint: Constraint, w: Array) -> Array:
    """Return what a copy of some weights becomes; scratch holds nan."""
    given = np.array(w)
    made: object = constraint.project(given, np.full_like(w, np.nan))  # type: ignore[func-returns-value]
    expect(
        made is None or made is given,
        f"project gave {type(made).__name__}; w is to be changed in place",
    )
    return given


def _weights(dtype: str = "float64") -> Iterator[tuple[str, Array]]:
    """Yield arrays of several shapes and sizes, and what they are."""
    for shape in _SHAPES:
        for size in _SIZES:
            yield f"weights {shape} of size {size:g}", (size * normal(shape, 1)).astype(dtype)


@promise("what it made of weights fulfils it: projected again they stay, up to rounding.")
def repeats(constraint: Constraint) -> None:
    for dtype, limit in (("float64", _EXACT), ("float32", 1e-5)):
        for what, w in _weights(dtype):
            first = _projected(constraint, w)
            again = _projected(constraint, first)
            expect(
                close(again, first, limit),
                f"{what} in {dtype} are others each time; one of them was {w.flat[0]:.6g}, then"
                f" {first.flat[0]:.6g}, then {again.flat[0]:.6g}",
            )


@promise("all numbers are finite: of weights of 0, some or all of them, of tiny and of huge ones.")
def finite(constraint: Constraint) -> None:
    for shape in _SHAPES:
        for dtype in ("float64", "float32"):
            some, row = normal(shape, 1, dtype), normal(shape, 1, dtype)
            some[..., :1] = 0
            row[:1] = 0
            tiny_ones, huge = ((size * normal(shape, 1)).astype(dtype) for size in (1e-30, 1e25))
            for what, w in (
                ("all are 0", np.zeros_like(some)),
                ("one column is 0", some),
                ("one row is 0", row),
                ("all are tiny", tiny_ones),
                ("all are huge", huge),
            ):
                bad = int(np.count_nonzero(~np.isfinite(_projected(constraint, w))))
                expect(not bad, f"{bad} of {w.size} are not, where {what} in {shape}, {dtype}")


@promise("arrays are used in whatever order they lie in memory, and changed in place.")
def layouts(constraint: Constraint) -> None:
    plain = 3 * normal((5, 4), 1)
    expected = _projected(constraint, plain)
    for layout in LAYOUTS:
        w, scratch = laid_out(plain, layout), laid_out(plain, layout)
        constraint.project(w, scratch)
        expect(close(w, expected, _EXACT), f"they become others, laid out as {layout}")


@promise(
    "some weights do not fulfil it, and are changed; all of them do where it is `trivial`.",
    of_class=True,
)
def does_something(cls: type[Constraint]) -> None:
    for constraint in values_of(cls):
        changed = [
            what for what, w in _weights() if not np.array_equal(_projected(constraint, w), w)
        ]
        if constraint.trivial:
            expect(not changed, f"it says that it is trivial, but changes {changed[:1]}")
        else:
            expect(changed, f"{constraint!r} changes none of the weights that were tried")


@promise("float32 gives what float64 gives, up to rounding.")
def dtypes(constraint: Constraint) -> None:
    for what, w in _weights("float32"):
        rounded = _projected(constraint, w).astype("float64")
        exact = _projected(constraint, w.astype("float64"))
        expect(close(rounded, exact, 1e-4), f"{what} become others in float32")


@promise("the same weights give the same bytes; nothing is random or remembered.")
def determinism(constraint: Constraint) -> None:
    w = 3 * normal((5, 4), 1)

    def compute() -> dict[str, Array]:
        first = _projected(constraint, w)
        _projected(constraint, 5 * normal((7,), 2))
        return {"weights": first}

    expect_own_randomness("project", compute)


@promise("memory does not grow with the number of calls.", once=True)
def no_growth(constraint: Constraint) -> None:
    w, scratch = normal((5, 4), 1), np.empty((5, 4))
    expect_no_growth("project", lambda: constraint.project(w, scratch))


@promise(
    "networks train with it: the same bytes from the same seed, killed or not, every loss finite.",
    once=True,
)
def trains(constraint: Constraint) -> None:
    expect_trains(constraint, layers=lambda plans: trained_by(plans, constraint=constraint))


CHECKS: tuple[Check, ...] = (
    repeats,
    finite,
    layouts,
    does_something,
    dtypes,
    determinism,
    no_growth,
    scalars.CONSTRAINT,
    trains,
)
