"""The penalty in a step's loss is that of the weights alone, however the store sums it up."""

from __future__ import annotations

import numpy as np
import pytest

from framework.engine.network import Network
from framework.engine.plan import LayerPlan, Training
from framework.engine.propagation import Step
from framework.engine.regularization import penalties

UNITS = (100, 70, 3)


def network(make, strengths, rule="sgd") -> Network:
    plans = []
    for i, (units, strength) in enumerate(zip(UNITS, strengths, strict=True)):
        training = Training(
            make("initializer", "xavier_normal"),
            make("regularizer", "l2", strength=strength),
            make("update_rule", rule),
        )
        plans.append(LayerPlan(f"dense_{i}", make("layer", "dense", units=units), training))
    return Network(plans, (40,), "float32", np.random.SeedSequence(0))


def exact(network: Network) -> float:
    return sum(
        (bound.regularizer.l2_coefficient() or 0)
        / 2
        * float(np.sum(np.square(bound.views.parameters.weights, dtype="f8")))
        for bound in network.layers
    )


@pytest.mark.parametrize("rule", ["sgd", "rmsprop"])
@pytest.mark.parametrize("strengths", [(1e-3,) * 3, (1e-3, 0, 1e-3), (1e-2, 1e-3, 1e-3)])
@pytest.mark.parametrize("bias", [0.0, 0.3, 1e6], ids="biases {}".format)
def test_biases_cost_nothing_however_large(make, rule, strengths, bias):
    built = network(make, strengths, rule)
    called = penalties(built.layers)
    for bound in built.layers:
        bound.views.parameters.bias[...] = bias
    assert sum(call() for call in called) == pytest.approx(exact(built), rel=1e-5)


def test_neighbours_are_summed_at_once(make):
    assert len(penalties(network(make, (1e-3,) * 3).layers)) == 1
    assert len(penalties(network(make, (1e-2, 1e-3, 1e-3)).layers)) == 2


def test_the_loss_gains_it(make):
    without_penalty = []
    for strengths in ((1e-2, 1e-3, 1e-3), (0, 0, 0)):
        built = network(make, strengths)
        step = Step(built, 8, make("loss", "softmax_cross_entropy"))
        step.inputs[...] = np.random.default_rng(1).standard_normal((8, 40))
        losses, expected = np.empty(8, np.float32), exact(built)
        step.run_step(0, np.zeros(8, np.int64), losses)
        without_penalty.append(losses - expected)
    np.testing.assert_allclose(without_penalty[0], without_penalty[1], rtol=1e-5)
