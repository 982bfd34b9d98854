"""Fused products of affine layers, and updates inside them, equal the layer's plain formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from framework import Arrays, Layer
from framework.engine import affine, blas, graph, layouts, propagation
from framework.engine.affine import buffer
from framework.engine.graph import BoundLayer
from framework.engine.layouts import Layouts
from framework.engine.network import Network
from framework.engine.plan import LayerPlan, Training
from framework.engine.propagation import Step
from framework.engine.regularization import penalties

BATCH, FEATURES, UNITS, RATE = 6, 9, 130, 0.3

ROWS = {
    "default": layouts.DEFAULT,
    "the other way": Layouts((0, 0), (0, 0), by_unit_below=0, decay="pass"),
    "by output, decay in a pass": Layouts(decay="pass"),
}


def one_layer(make: Any, strength: float) -> Network:
    training = Training(
        make("initializer", "xavier_normal"),
        make("regularizer", "l2", strength=strength),
        make("update_rule", "sgd", learning_rate=RATE),
    )
    plan = LayerPlan("output", make("layer", "dense", units=UNITS), training)
    return Network([plan], (FEATURES,), "float64", np.random.SeedSequence(1))


def plain_formulas(layer: BoundLayer, x: Any, y: Any, g: Any) -> tuple[Any, Any]:
    """Return weights and bias as the layer's own methods, which the engine never calls, have it."""
    arrays = layer.views.parameters
    assert isinstance(layer.layer, Layer)
    gradients = Arrays(weights=np.empty((FEATURES, UNITS)), bias=np.empty(UNITS))
    layer.layer.parameter_gradients(x, y, g, gradients, arrays)
    layer.regularizer.add_gradient(arrays.weights, gradients.weights, np.empty((FEATURES, UNITS)))
    return arrays.weights - RATE * gradients.weights, arrays.bias - RATE * gradients.bias


@pytest.mark.parametrize("scale", [None, 1 / 255], ids=["floats", "bytes"])
@pytest.mark.parametrize("strength", [0.0, 0.02], ids=["FusedUpdate", "DecayedUpdate"])
@pytest.mark.parametrize("direct", [True, False], ids=["direct BLAS", "numpy's matmul"])
@pytest.mark.parametrize("keep_gradients", [False, True])
@pytest.mark.parametrize("row", ROWS)
def test_a_step_is_the_layers_own_formulas(
    make, monkeypatch, scale, strength, direct, keep_gradients, row
):
    for module in (affine, graph, propagation):
        monkeypatch.setattr(module, "layouts", lambda: ROWS[row])
    if not direct:
        monkeypatch.setattr(blas, "_gemm", lambda char: None)
    network = one_layer(make, strength)
    (layer,) = network.layers
    assert isinstance(layer.layer, Layer)
    layer.views.parameters.bias[...] = np.linspace(-1, 1, UNITS)
    step = Step(
        network,
        BATCH,
        make("loss", "mean_squared_error"),
        scale=scale,
        keep_gradients=keep_gradients,
    )
    rng = np.random.default_rng(0)
    held, targets = rng.integers(0, 256, (BATCH, FEATURES)), rng.standard_normal((BATCH, UNITS))
    step.inputs[...] = held
    x = held * (scale or 1.0)
    y = np.array(layer.layer.forward(x, np.empty((BATCH, UNITS)), layer.views.parameters))
    weights, bias = plain_formulas(layer, x, y, 2 * (y - targets) / y.size)
    expected_penalty = layer.regularizer.penalty(
        layer.views.parameters.weights, np.empty((FEATURES, UNITS))
    )
    assert sum(penalty() for penalty in penalties([layer])) == pytest.approx(expected_penalty)

    losses = np.empty(BATCH)
    step.run_step(0, targets, losses)
    np.testing.assert_allclose(step.outputs, y, rtol=1e-12, atol=1e-12)
    expected_losses = ((y - targets) ** 2).mean(axis=1) + expected_penalty
    np.testing.assert_allclose(losses, expected_losses, rtol=1e-12)
    np.testing.assert_allclose(layer.views.parameters.weights, weights, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(layer.views.parameters.bias, bias, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("column_major", [True, False])
def test_a_buffer_has_its_column_of_ones_beside_it(column_major):
    activations = buffer(3, (4,), "float32", column_major=column_major, scale=0.5)
    assert activations.x1.shape == (3, 5)
    assert np.shares_memory(activations.x, activations.x1)
    np.testing.assert_array_equal(activations.x1[:, -1] * activations.scale, 1.0)
