"""Whether what a layer adds to the loss, and its first values from data, are as they must be."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from framework.components.base import Array, Shape
from framework.components.layer import Layer
from framework.testing.assertions import close, expect_gradient, same, unchanged
from framework.testing.bound_layer import BoundLayer, inputs, samples
from framework.testing.check import Check, expect, promise

_EXACT = 1e-9


def added(layer: Layer, bound: BoundLayer, poison: float = np.nan) -> tuple[Array, Array]:
    """Return the losses that a layer adds for its output, and their gradient."""
    y = bound.out
    losses, gradient = np.full(len(y), poison), np.full_like(y, poison)
    layer.added_loss(y, losses, gradient, bound.arrays)
    return losses, gradient


@promise(
    "added_loss fills the loss of each sample, and the gradient of their mean, which agrees with"
    " central differences to 1e-6; y is left alone."
)
def added_loss(layer: Layer) -> None:
    if type(layer).added_loss is Layer.added_loss:
        return
    for shape in samples(layer):
        for batch in (1, 4):
            rows = max(batch, layer.smallest_batch)
            bound = BoundLayer(layer, inputs(layer, shape, rows, batch))
            y = bound.forward()
            bound.out[...] = y
            with unchanged("added_loss", y=bound.out):
                losses, gradient = added(layer, bound)
            expect(np.isfinite(losses).all(), "it left losses of samples unwritten or not finite")
            again = added(layer, bound, 3.0)
            expect(
                close(again[0], losses, _EXACT) and close(again[1], gradient, _EXACT),
                "it depends on what its arrays held before",
            )
            alone = np.zeros(rows)
            layer.added_loss(bound.out, alone, None, bound.arrays)
            expect(close(alone, losses, _EXACT), "without a gradient it gives other losses")
            expect_gradient(
                f"the gradient of its mean (a batch of {rows}, samples {shape})",
                gradient,
                lambda bound=bound: float(added(layer, bound)[0].mean()),  # type: ignore[misc]
                bound.out,
            )


def _adapted(layer: Layer, shape: Shape) -> Mapping[str, Array]:
    x = 2 + 3 * inputs(layer, shape, 60, 5)
    with unchanged("adapt", x=x):
        given = layer.adapt(x)
    expect(isinstance(given, Mapping), f"adapt gave {type(given).__name__}, not arrays by name")
    return {name: np.asarray(value) for name, value in given.items()}


@promise("adapt gives first values of its own arrays, finite and always the same; x is left alone.")
def adapt(layer: Layer) -> None:
    if type(layer).adapt is Layer.adapt:
        return
    for shape in samples(layer):
        own = {parameter.name: parameter.shape for parameter in layer.parameters(shape)}
        own |= {name: np.shape(value) for name, value in layer.state(shape).items()}
        given = _adapted(layer, shape)
        for name, value in given.items():
            expect(name in own, f"adapt gave '{name}'; its arrays are {', '.join(own) or 'none'}")
            expect(
                value.shape == own[name] and bool(np.isfinite(value).all()),
                f"adapt gave '{name}' of shape {value.shape}; numbers of {own[name]} are due",
            )
            expect(same(_adapted(layer, shape)[name], value), f"adapt gave two different '{name}'")


CHECKS: tuple[Check, ...] = (added_loss, adapt)
