"""Whether a layer's results depend on nothing but its arguments."""

from __future__ import annotations

import contextlib

import numpy as np

from framework.components.base import Array
from framework.components.layer import Layer
from framework.testing.assertions import (
    expect_own_randomness,
    normal,
    same,
)
from framework.testing.bound_layer import (
    BoundLayer,
    inputs,
    samples,
)
from framework.testing.check import Check, expect, promise


@promise("the same input, parameters and seed give the same bytes; all randomness is arrays.rng's.")
def determinism(layer: Layer) -> None:
    for shape in samples(layer):
        for training in (True, False):
            x = inputs(layer, shape, 8, 3)

            def compute(x: Array = x, training: bool = training) -> dict[str, Array]:
                bound = BoundLayer(layer, x, training=training)
                y = bound.forward()
                if not training:
                    return {"output": y}
                return bound.everything(normal(y.shape, 1))

            expect_own_randomness("training" if training else "inference", compute)


@promise("scratch left by one batch does not reach the next one.")
def no_stale_scratch(layer: Layer) -> None:
    for shape in samples(layer):
        for training in (True, False):
            x = inputs(layer, shape, 3, 3)
            fresh = _results(BoundLayer(layer, x, training=training))
            for name, other in (("other numbers", inputs(layer, shape, 3, 4)), ("nan", x * np.nan)):
                bound = BoundLayer(layer, other, training=training)
                with contextlib.suppress(Exception):  # what it does with nan is its own affair
                    _results(bound)
                bound.x[...] = x
                for what, array in _results(bound).items():
                    expect(
                        same(array, fresh[what]),
                        f"the {what} is another one after a batch of {name}",
                    )


@promise("a layer is a value: batches, networks and threads may take turns with it.")
def no_state_of_its_own(layer: Layer) -> None:
    for shape in samples(layer):
        xs = [inputs(layer, shape, n, n) for n in (3, 3, layer.smallest_batch)]
        xs[1] = inputs(layer, shape, 3, 103)
        alone = [_results(BoundLayer(layer, x)) for x in xs]
        bounds = [BoundLayer(layer, x) for x in xs]
        ys = [b.forward() for b in bounds]
        first, second = (b.returned for b in bounds[:2])
        kept = first is not None and second is not None and np.shares_memory(first, second)
        expect(not kept, "two batches are given the same array: it is kept outside of arrays")
        BoundLayer(layer, inputs(layer, shape, 8, 9), training=False).forward()
        gs = [normal(y.shape, 1) for y in ys]
        for b, y, g, expected in zip(bounds, ys, gs, alone, strict=True):
            results = {"output": y, "input gradient": b.input_gradient(y, g)}
            results |= {f"gradient of {n}": a for n, a in b.parameter_gradients(y, g).items()}
            for what, array in results.items():
                expect(
                    same(array.copy(), expected[what]),
                    f"the {what} is another one when a second batch goes forward before the first"
                    " goes back: something is kept outside of arrays",
                )


def _results(bound: BoundLayer) -> dict[str, Array]:
    if bound.training:
        return bound.everything(normal(bound.out.shape, 1))
    return {"output": bound.forward().copy()}


CHECKS: tuple[Check, ...] = (
    determinism,
    no_stale_scratch,
    no_state_of_its_own,
)
