"""Whether expressions, by which components are exported, are what their formulas do."""

from __future__ import annotations

import contextlib

import numpy as np

from framework.components.expression import Expression, Expressions
from framework.components.join import Join
from framework.components.layer import Arrays, Layer
from framework.components.loss import Loss
from framework.testing.assertions import close, normal
from framework.testing.bound_layer import BoundLayer, inputs, samples
from framework.testing.check import expect, promise
from framework.testing.example_batches import columns_of, evaluate, outputs, targets

_EXACT = 1e-9


@promise("an expression, where it has one, is what forward does in inference, to 1e-9 in float64.")
def layer_expression(layer: Layer) -> None:
    if type(layer).expression is Layer.expression:
        return
    for shape in samples(layer):
        bound = BoundLayer(layer, inputs(layer, shape, 5, 3), training=False)
        y = bound.forward().copy()
        x = Expression.named("x")
        own = {**bound.parameters, **bound.state}
        named = {name: Expression.named(name) for name in own}
        made = layer.expression(x, Expressions("float64", **named), shape)
        value = made.value({x: bound.x, **{named[name]: array for name, array in own.items()}})
        what = f"expression gives shape {value.shape} for samples {shape}"
        expect(value.shape == y.shape, f"{what}, forward {y.shape}")
        expect(close(value, y, _EXACT), f"expression gives other numbers for samples {shape}")


@promise("an expression, where it has one, is what forward does, to 1e-9 in float64.")
def join_expression(join: Join) -> None:
    if type(join).expression is Join.expression:
        return
    arrays = [normal((3, 4), seed) for seed in (1, 2)]
    names = [Expression.named("x1"), Expression.named("x2")]
    with contextlib.suppress(ValueError):
        out = np.empty((3, *join.output_shape([(4,), (4,)])))
        y = join.forward(arrays, out, Arrays(**join.scratch(arrays, out)))
        value = join.expression(names).value(dict(zip(names, arrays, strict=True)))
        expect(close(value, out if y is None else y, _EXACT), "expression gives other numbers")


@promise(
    "expression, probabilities_expression and decide_expression, where it has them, are what"
    " evaluate, probabilities and decide do, to 1e-9 in float64."
)
def loss_expression(loss: Loss) -> None:
    for columns in columns_of(loss):
        z, t = outputs(loss, 8, columns=columns), targets(loss, 8, columns=columns)
        outputs_, targets_ = Expression.named("z"), Expression.named("targets")
        with contextlib.suppress(NotImplementedError):
            value = loss.expression(outputs_, targets_).value({outputs_: z, targets_: t})
            losses = evaluate(loss, z, t)[0]
            expect(close(value, losses, _EXACT), "expression gives other losses than evaluate")
        for name, made, formula in (
            ("probabilities", loss.probabilities_expression(outputs_), loss.probabilities),
            ("decide", loss.decide_expression(outputs_), loss.decide),
        ):
            if made is None:
                continue
            value, plain = made.value({outputs_: z}), formula(z)
            good = plain is not None and close(value, plain.astype(np.float64), _EXACT)
            expect(good, f"{name}_expression gives other numbers than {name}")
