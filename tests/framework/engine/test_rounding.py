"""Factors near 1 keep their effect in float32: small steps of a decay add up as in float64."""

from __future__ import annotations

import numpy as np
import pytest

from framework import axpby
from framework.engine.network import Network
from framework.engine.plan import LayerPlan, Training
from framework.engine.propagation import Step

STEPS = 500


def shrunk(make, dtype, rate, strength, rule="sgd") -> float:
    """Train a little network; give by how much the norm of its weights changed."""
    training = Training(
        make("initializer", "xavier_normal"),
        make("regularizer", "l2", strength=strength),
        make("update_rule", rule, learning_rate=rate),
    )
    layers = [("dense", {"units": 50}), ("tanh", {}), ("dense", {"units": 3})]
    plans = [LayerPlan(f"{i}", make("layer", n, **f), training) for i, (n, f) in enumerate(layers)]
    network = Network(plans, (2,), dtype, np.random.SeedSequence(1))
    step = Step(network, 8, make("loss", "softmax_cross_entropy"))
    before, rng = norm(network), np.random.default_rng(0)
    for i in range(STEPS):
        step.inputs[...] = rng.standard_normal((8, 2))
        labels = (step.inputs > 0).sum(axis=1)
        step.run_step(i, labels, np.empty(8, dtype))
    return norm(network) - before


def norm(network: Network) -> float:
    weights = [w for name, w in network.parameters().items() if name.endswith("weights")]
    return float(np.sqrt(sum(np.sum(np.square(w, dtype="f8")) for w in weights)))


@pytest.mark.parametrize("rule", ["sgd", "rmsprop"])
@pytest.mark.parametrize(
    ("rate", "strength"),
    [(1e-4, 1e-4), (1e-3, 1e-4), (1e-4, 1e-3), (1e-2, 1e-4), (0.1, 3e-3), (1e-3, 1e-2)],
)
def test_a_decay_has_the_effect_it_has_in_float64(make, rule, rate, strength):
    def effect(dtype):
        return shrunk(make, dtype, rate, strength, rule) - shrunk(make, dtype, rate, 0.0, rule)

    assert effect("float32") == pytest.approx(effect("float64"), rel=0.02)


def test_a_rate_may_fall_from_where_one_product_is_exact_to_where_it_is_not(make):
    rate = make("schedule", "exponential", first=1e-3, factor=1e-3, steps=STEPS)
    effects = [
        shrunk(make, dtype, rate, 0.1) - shrunk(make, dtype, rate, 0.0)
        for dtype in ("float32", "float64")
    ]
    assert effects[0] == pytest.approx(effects[1], rel=0.005)


@pytest.mark.parametrize("keep", [0.9, 0.9999, 0.99999, 1 - 1e-7, 1 - 1e-9])
def test_a_running_mean_moves_however_slow_it_is(keep):
    rng = np.random.default_rng(0)
    means = [np.zeros(1000, dtype) for dtype in ("f4", "f8")]
    for _ in range(300):
        x = rng.standard_normal(1000) + 3
        for mean in means:
            axpby(mean, keep, x.astype(mean.dtype), 1 - keep)
    moved = [float(np.mean(mean, dtype="f8")) for mean in means]
    assert moved[0] == pytest.approx(moved[1], rel=1e-4)


def test_a_slow_mean_stays_where_it_has_arrived(make):
    """A factor of 1 − 1e-6 is not the float32 beside it."""
    rule, means = make("update_rule", "rmsprop", decay=1 - 1e-6), []
    for dtype in ("f4", "f8"):
        rng = np.random.default_rng(0)
        p, v, scratch = np.ones(1000, dtype), np.ones(1000, dtype), np.empty(1000, dtype)
        for step in range(2000):
            rule.step(step, p, rng.standard_normal(1000).astype(dtype), (v,), scratch)
        means.append(float(np.mean(v, dtype="f8")))
    assert means[0] == pytest.approx(means[1], abs=8e-6)
