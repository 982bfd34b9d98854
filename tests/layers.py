"""A layer on its own: bound to arrays as the core binds it, and differentiated."""

from __future__ import annotations

from typing import Any

import numpy as np

from framework import Arrays, Layer
from tests.differences import Floats, assert_agree, gradient


def bound(layer: Layer, x: Floats, rng: np.random.Generator) -> tuple[Arrays, Floats]:
    """Return random parameters, with state and scratch, and room for the output."""
    shape = layer.output_shape(x.shape[1:])
    out = np.empty((len(x), *shape))
    arrays: dict[str, Any] = {
        p.name: rng.standard_normal(p.shape) for p in layer.parameters(x.shape[1:])
    }
    return Arrays(**arrays, **layer.state(x.shape[1:]), **layer.scratch(x, out)), out


def forward(layer: Layer, x: Floats, seed: int = 0) -> Floats:
    """Return the layer's output, in whichever way it returns it."""
    arrays, out = bound(layer, x, np.random.default_rng(seed))
    returned = layer.forward(x, out, arrays)
    return out if returned is None else returned


def check_gradients(layer: Layer, x: Floats, limit: float = 1e-6) -> None:
    """Hold both gradients of a layer against central differences of `Σ weights · output`."""
    rng = np.random.default_rng(1)
    arrays, out = bound(layer, x, rng)
    g = rng.standard_normal(out.shape)

    def value() -> float:
        returned = layer.forward(x, out, arrays)
        return float(np.sum(g * (out if returned is None else returned)))

    value()
    before = x.copy(), g.copy()
    y = np.array(layer.forward(x, out, arrays))
    gx = layer.input_gradient(x, y, g, np.empty_like(x), arrays)
    assert gx is not None
    gx = gx.copy()
    gradients = Arrays(**{p.name: np.empty(p.shape) for p in layer.parameters(x.shape[1:])})
    layer.parameter_gradients(x, y, g, gradients, arrays) if vars(gradients) else None
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(g, before[1])
    assert_agree(gx, gradient(value, x), limit)
    for name, computed in vars(gradients).items():
        assert_agree(computed, gradient(value, getattr(arrays, name)), limit)
