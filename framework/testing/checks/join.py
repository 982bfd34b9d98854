"""What a join promises: one batch of several, and the gradient for each."""

from __future__ import annotations

import dataclasses

import numpy as np

from framework.components.base import Array
from framework.components.join import Join
from framework.engine.plan import LayerPlan
from framework.testing.assertions import (
    LAYOUTS,
    close,
    expect_gradient,
    expect_own_randomness,
    laid_out,
    normal,
    unchanged,
)
from framework.testing.bound_join import BoundJoin, checked_joins, inputs, taken
from framework.testing.check import Check, UnansweredError, expect, promise
from framework.testing.checks.expressions import join_expression
from framework.testing.memory_growth import expect_no_growth
from framework.testing.tiny_run import Plans, expect_trains

_EXACT = 1e-9


@promise("output_shape gives the shape of an output sample, or raises ValueError, for any batch.")
def shapes(join: Join) -> None:
    for branches in taken(join):
        for batch in (1, 3, 8):
            bound = BoundJoin(join, inputs(branches, batch))
            expect(
                all(type(size) is int for size in bound.shape),
                f"output_shape gave {bound.shape!r}",
            )
            y = bound.forward()
            expect(np.all(np.isfinite(y)), f"forward left numbers of branches {branches} unwritten")


@promise("input_gradients agrees with central differences to 1e-6 in float64, for every input.")
def input_gradients(join: Join) -> None:
    for bound in checked_joins(join):
        y = bound.forward()
        g = normal(y.shape, 1)
        computed = [gradient.copy() for gradient in bound.back(y, g)]
        for i, (x, gradient) in enumerate(zip(bound.xs, computed, strict=True)):
            expect_gradient(
                f"the gradient for input {i + 1} of {len(bound.xs)}, of shape {x.shape}",
                gradient,
                lambda bound=bound, g=g: float(np.sum(g * bound.forward())),  # type: ignore[misc]
                x,
            )


@promise("the whole of every array is filled or returned, whatever it held and however it lies.")
def outs_are_filled(join: Join) -> None:
    for branches in taken(join):
        expected: list[Array] = []
        for layout in LAYOUTS:
            bound = BoundJoin(join, inputs(branches, 3), layout)
            g = laid_out(normal(bound.out.shape, 1), layout)
            for poison in (np.nan, 1e6):
                y = bound.forward(poison).copy()
                results = [y, *(array.copy() for array in bound.back(y, g, poison))]
                expected = expected or results
                for what, result, right in zip(
                    ("forward", *["input_gradients"] * len(branches)),
                    results,
                    expected,
                    strict=True,
                ):
                    expect(
                        close(result, right, _EXACT) and not np.isnan(result).any(),
                        f"{what} depends on what its array held before, or on its layout"
                        f" ({layout})",
                    )


@promise("nothing but the arrays to fill is changed: not the inputs, y or g.")
def arguments_are_left_alone(join: Join) -> None:
    for bound in checked_joins(join):
        named = {f"xs[{i}]": x for i, x in enumerate(bound.xs)}
        with unchanged("forward", **named):
            y = bound.forward().copy()
        g = normal(y.shape, 1)
        with unchanged("input_gradients", y=y, g=g, **named):
            bound.back(y, g)


@promise("float32 is kept, and the results in it are those in float64.")
def dtypes(join: Join) -> None:
    for branches in taken(join):
        narrow = BoundJoin(join, inputs(branches, 3, "float32"))
        wide = BoundJoin(join, [x.astype("float64") for x in narrow.xs])
        y, exact = narrow.forward(training=False), wide.forward(training=False)
        expect(close(y, exact, 1e-4), "its output in float32 is not that in float64")
        g = normal(y.shape, 1, "float32")
        for a, b in zip(narrow.back(y, g), wide.back(exact, g.astype("float64")), strict=True):
            expect(close(a, b, 1e-4), "its gradients in float32 are not those in float64")


@promise("in inference each sample is joined alone, and alike; all randomness is arrays.rng's.")
def samples_alone(join: Join) -> None:
    for bound in checked_joins(join, 7):
        whole = bound.forward(training=False).copy()
        alone = BoundJoin(join, [x[3:4] for x in bound.xs]).forward(training=False)
        expect(close(alone[0], whole[3], _EXACT), "a sample alone gives another output")
        expect_own_randomness("forward", lambda bound=bound: {"output": bound.forward().copy()})  # type: ignore[misc]


@promise("`adds = True` means that the output is the sum of the inputs.")
def adds(join: Join) -> None:
    if not join.adds:
        return
    for bound in checked_joins(join):
        for training in (True, False):
            y = bound.forward(training=training)
            expect(close(y, np.sum(bound.xs, axis=0), _EXACT), "its output is another one")


@promise("memory does not grow with the number of calls.", once=True)
def no_growth(join: Join) -> None:
    bound = next(checked_joins(join))
    y = bound.forward().copy()
    g = normal(y.shape, 1)

    def call() -> None:
        join.forward(bound.xs, bound.out, bound.arrays)
        join.input_gradients(bound.xs, y, g, bound.outs, bound.arrays)

    expect_no_growth("forward and the way back", call)


@promise(
    "a network trains with it at its joint: the same bytes from the same seed, killed or not.",
    once=True,
)
def trains(join: Join) -> None:
    if not any(len(branches) == 2 and branches[0] == branches[1] for branches in taken(join)):
        raise UnansweredError("it does not join two branches of one shape")

    def joined(plans: Plans) -> Plans:
        first, between, last = plans
        branch = dataclasses.replace(first, label="branch", sources=(-3,))
        node = LayerPlan("checked", join, first.training, sources=(-2, -1))
        return (first, between, branch, node, last)

    expect_trains(join, layers=joined)


CHECKS: tuple[Check, ...] = (
    shapes,
    input_gradients,
    outs_are_filled,
    arguments_are_left_alone,
    dtypes,
    samples_alone,
    adds,
    join_expression,
    no_growth,
    trains,
)
