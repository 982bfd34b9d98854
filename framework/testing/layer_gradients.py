"""Whether a layer's ways back are the gradients of its way forward."""

from __future__ import annotations

import numpy as np

from framework.layer import Layer
from framework.testing.arrays import (
    close,
    expect_gradient,
    normal,
)
from framework.testing.bound import (
    Bound,
    samples,
)
from framework.testing.check import Check, expect, promise

_EXACT = 1e-9


@promise("input_gradient agrees with central differences to 1e-6 in float64.")
def input_gradient(layer: Layer) -> None:
    for shape in samples(layer):
        for batch, size in ((1, 1), (3, 1), (5, 4)):
            bound = Bound(layer, size * normal((batch, *shape), batch))
            y = bound.forward()
            g = normal(y.shape, 1)
            found = bound.input_gradient(y, g).copy()
            expect_gradient(
                f"the gradient for an input of shape {bound.x.shape}",
                found,
                lambda bound=bound, g=g: float(np.sum(g * bound.forward())),  # type: ignore[misc]
                bound.x,
            )


@promise(
    "parameter_gradients writes each parameter's gradient, a sum over the batch that agrees with"
    " central differences to 1e-6 in float64."
)
def parameter_gradients(layer: Layer) -> None:
    for shape in samples(layer):
        for batch, size in ((1, 1), (3, 1), (5, 4)):
            bound = Bound(layer, size * normal((batch, *shape), batch))
            y = bound.forward()
            g = normal(y.shape, 1)
            bound.input_gradient(y, g)
            for name, found in bound.parameter_gradients(y, g).items():
                expect_gradient(
                    f"the gradient of '{name}' (a batch of {batch}, samples {shape})",
                    found,
                    lambda bound=bound, g=g: float(np.sum(g * bound.forward())),  # type: ignore[misc]
                    bound.parameters[name],
                )


@promise(
    "parameter_gradients overwrites what is there, and needs no call of input_gradient before it."
)
def gradients_stand_alone(layer: Layer) -> None:
    for shape in samples(layer):
        bound = Bound(layer, normal((3, *shape), 3))
        y = bound.forward()
        g = normal(y.shape, 1)
        bound.input_gradient(y, g)
        usual = bound.parameter_gradients(y, g, poison=0.0)
        fresh = Bound(layer, normal((3, *shape), 3))
        y = fresh.forward()
        lowest = fresh.parameter_gradients(y, g, poison=0.0)
        again = fresh.parameter_gradients(y, g, poison=5.0)
        for name, found in usual.items():
            expect(
                close(again[name], lowest[name], _EXACT),
                f"the gradient of '{name}' depends on what its array held before",
            )
            expect(
                close(found, lowest[name], _EXACT),
                f"the gradient of '{name}' changes with input_gradient, which the core never calls"
                " for the lowest trainable layer",
            )


CHECKS: tuple[Check, ...] = (
    input_gradient,
    parameter_gradients,
    gradients_stand_alone,
)
