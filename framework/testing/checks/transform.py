"""What a transform promises: fitted to the training split, then a function of each sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from framework.components.base import Array, Shape
from framework.components.layer import Layer
from framework.components.transform import Transform
from framework.engine.plan import LayerPlan, Training
from framework.testing.assertions import (
    close,
    expect_gradient,
    expect_own_randomness,
    normal,
    same,
    unchanged,
)
from framework.testing.bound_layer import BATCHES, BoundLayer, examples, inputs, samples
from framework.testing.check import Check, expect, promise
from framework.testing.checks import scalars
from framework.testing.checks.expressions import layer_expression
from framework.testing.stand_in_data import Examples
from framework.testing.tiny_run import Plans, expect_trains

_ROWS = 60
_EXACT = 1e-9
_MISSING = 0.2  # share of the numbers that are left out
_FEW = 24  # numbers differentiated one by one


class _Blocks:
    """Rows in blocks, to be gone through any number of times."""

    def __init__(self, rows: Array, size: int) -> None:
        self.rows, self.size = rows.copy(), size
        self.rows.flags.writeable = False

    def __iter__(self) -> Iterator[Array]:
        for start in range(0, len(self.rows), self.size):
            yield self.rows[start : start + self.size]


def _rows(transform: Transform, shape: Shape) -> Array:
    if examples(transform, _ROWS):
        return np.asarray(inputs(transform, shape, _ROWS, 0), np.float64)
    return 3 + 2 * normal((_ROWS, *shape), 5)


def _fitted(transform: Transform, shape: Shape, size: int = _ROWS) -> dict[str, Array]:
    given = transform.fit(_Blocks(_rows(transform, shape), size))
    expect(isinstance(given, Mapping), f"fit gave {type(given).__name__}, not arrays by name")
    return {name: np.asarray(value) for name, value in given.items()}


@promise("fit gives every array that state declares, in its shape, of finite numbers.")
def fit(transform: Transform) -> None:
    for shape in samples(transform):
        state = {name: np.asarray(a) for name, a in transform.state(shape).items()}
        fitted = _fitted(transform, shape)
        expect(
            fitted.keys() == state.keys(),
            f"fit gave {sorted(fitted)} for samples {shape}, state declares {sorted(state)}",
        )
        for name, value in fitted.items():
            expect(
                value.shape == state[name].shape,
                f"fit gave '{name}' of shape {value.shape}, state declares {state[name].shape}",
            )
            expect(np.isfinite(value).all(), f"fit gave '{name}' with numbers that are not finite")


@promise("fit looks at all rows, however they are divided into blocks, and at nothing random.")
def blocks(transform: Transform) -> None:
    for shape in samples(transform):
        whole = _fitted(transform, shape)
        for size in (1, 7):
            for name, value in _fitted(transform, shape, size).items():
                expect(
                    close(value, whole[name], 1e-6),
                    f"fit gave another '{name}' for the same rows in blocks of {size}",
                )
        expect_own_randomness("fit", lambda shape=shape: _fitted(transform, shape))  # type: ignore[misc]


@promise("output_shape gives the shape of a sample, for batches of 1 and more, and x is kept.")
def shapes(transform: Transform) -> None:
    for shape in samples(transform):
        state, rows = _fitted(transform, shape), _rows(transform, shape)
        for training in (True, False):
            for batch in BATCHES:
                bound = BoundLayer(transform, rows[:batch], training=training, state=state)
                with unchanged("forward", x=bound.x):
                    bound.forward()


@promise("in inference each sample is changed by itself, in the same way every time.")
def inference(transform: Transform) -> None:
    for shape in samples(transform):
        state, rows = _fitted(transform, shape), _rows(transform, shape)
        bound = BoundLayer(transform, rows, training=False, state=state)
        whole = bound.forward().copy()
        expect(np.isfinite(whole).all(), f"outputs for samples {shape} are not finite")
        expect(same(bound.forward(poison=7.0).copy(), whole), "the same batch gave other outputs")
        alone = BoundLayer(transform, rows[3:4], training=False, state=state).forward()
        expect(
            close(alone[0], whole[3], _EXACT), "a sample alone gave other outputs than in a batch"
        )
        for name, array in bound.state.items():
            expect(close(array, state[name], _EXACT), f"forward changed '{name}' in inference")


@promise(
    "`takes_missing = True` means that NaN in the inputs leave `fit` finite, and change only their"
    " own sample."
)
def missing(transform: Transform) -> None:
    if not transform.takes_missing:
        return
    for shape in samples(transform):
        rows = _rows(transform, shape)
        holes = np.random.default_rng(2).random(rows.shape) < _MISSING
        holes[:3] = False
        rows = np.where(holes, np.nan, rows)
        fitted = {name: np.asarray(a) for name, a in transform.fit(_Blocks(rows, 7)).items()}
        for name, value in fitted.items():
            finite = np.isfinite(value).all()
            expect(finite, f"where inputs are missing, fit gave '{name}' that is not finite")
        outputs = BoundLayer(transform, rows, training=False, state=fitted).forward()
        expect(np.isfinite(outputs[:3]).all(), "a sample without missing values has outputs of nan")
        whole = BoundLayer(transform, rows[:3], training=False, state=fitted).forward()
        expect(
            close(outputs[:3], whole, _EXACT),
            "missing values of other samples change the outputs of a sample",
        )


@promise(
    "an input_gradient, where it has one, is that of forward in inference, to 1e-6 in float64."
)
def input_gradient(transform: Transform) -> None:
    if type(transform).input_gradient is Layer.input_gradient or transform.surrogate_gradient:
        return
    for shape in samples(transform):
        state, rows = _fitted(transform, shape), _rows(transform, shape)[:3]
        bound = BoundLayer(transform, rows, training=False, state=state)
        y = bound.forward()
        g = normal(y.shape, 1)
        expect_gradient(
            f"the gradient for an input of shape {bound.x.shape}",
            bound.input_gradient(y, g).copy(),
            lambda bound=bound, g=g: float(np.sum(g * bound.forward())),  # type: ignore[misc]
            bound.x,
            most=_FEW,
        )


@promise("all that is random comes from `arrays.rng`: the same seed gives the same bytes.")
def randomness(transform: Transform) -> None:
    for shape in samples(transform):
        state, rows = _fitted(transform, shape), _rows(transform, shape)

        def compute(rows: Array = rows, state: Mapping[str, Array] = state) -> dict[str, Array]:
            return {"output": BoundLayer(transform, rows, state=state).forward().copy()}

        expect_own_randomness("forward", compute)


@promise("a network trains behind it: the same bytes from the same seed, killed or not.", once=True)
def trains(transform: Transform) -> None:
    for shape in samples(transform)[:1]:

        def ahead(plans: Plans) -> Plans:
            first = plans[0].training
            training = Training(first.initializer, first.regularizer, None)
            return (LayerPlan("checked", transform, training), *plans)

        if examples(transform, 1):
            data = Examples(layer=transform)
            expect_trains(transform, sample=shape, layers=ahead, data=data)
        else:
            expect_trains(transform, sample=shape, layers=ahead)


CHECKS: tuple[Check, ...] = (
    fit,
    blocks,
    shapes,
    inference,
    missing,
    input_gradient,
    layer_expression,
    randomness,
    scalars.LAYER,
    trains,
)
