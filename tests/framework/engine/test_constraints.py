"""Constraints: weights fulfil them after every step, and so does what is evaluated for them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import framework as fw
from framework.engine.network import Network
from framework.engine.plan import LayerPlan, Training
from framework.engine.propagation import Step
from framework.runs.saved_config import differences

FEATURES, BATCH, CLASSES = 5, 8, 3


def network_of(make: Any, rule: Any, constraint: Any) -> Network:
    plans = []
    for i, units in enumerate((70, CLASSES)):
        training = Training(
            make("initializer", "xavier_normal"), make("regularizer", "none"), rule, constraint
        )
        plans.append(LayerPlan(f"dense_{i}", make("layer", "dense", units=units), training))
        plans.append(LayerPlan(f"tanh_{i}", make("layer", "tanh"), training))
    return Network(plans[:-1], (FEATURES,), "float64", np.random.SeedSequence(0))


def fulfils(name: str, w: np.ndarray) -> bool:
    sizes = np.sqrt((w**2).sum(axis=0))
    if name == "max_norm":
        return bool((sizes <= 0.5 + 1e-12).all())
    return bool(np.allclose(sizes, 1, atol=1e-12) if name == "unit_norm" else (w >= 0).all())


@pytest.mark.parametrize("name", ["max_norm", "unit_norm", "non_negative"])
@pytest.mark.parametrize("rule", ["sgd", "rmsprop", "schedule_free", "ema"])
def test_weights_fulfil_it_after_every_step(make, name, rule):
    largest = {"largest": 0.5} if name == "max_norm" else {}
    network = network_of(make, make("update_rule", rule), make("constraint", name, **largest))
    step = Step(network, BATCH, make("loss", "softmax_cross_entropy"))
    assert bool(step.written) == (rule != "sgd"), "without gradients to write down it stays fused"
    rng, losses = np.random.default_rng(0), np.empty(BATCH)
    for i in range(5):
        step.inputs[...] = 3 * rng.standard_normal((BATCH, FEATURES))
        step.run_step(i, rng.integers(0, CLASSES, BATCH), losses)
        for bound in network.layers[::2]:
            assert fulfils(name, bound.views.parameters.weights)
            for slot, array in bound.views.slots(bound.parameters[0]).items():
                if bound.views.block.slots[slot].first == "parameter":
                    assert fulfils(name, array), slot
            assert bound.views.parameters.bias.any(), "biases are left alone"


def test_a_step_of_descent_is_projected(make):
    """``W ← W − η ∂W``, then each column at most c long; by hand, for one layer."""
    rule = make("update_rule", "sgd", learning_rate=0.7)
    network = network_of(make, rule, make("constraint", "max_norm", largest=0.4))
    free = network_of(make, rule, None)
    loss, losses = make("loss", "softmax_cross_entropy"), np.empty(BATCH)
    x, labels = np.random.default_rng(1).standard_normal((BATCH, FEATURES)), np.arange(BATCH) % 3
    for taken in (network, free):
        step = Step(taken, BATCH, loss)
        step.inputs[...] = x
        step.run_step(0, labels, losses)
    for label, w in free.parameters().items():
        if label.endswith("weights"):
            w = w * np.minimum(1, 0.4 / np.sqrt((w**2).sum(axis=0)))
        np.testing.assert_allclose(network.parameters()[label], w, rtol=1e-12, atol=1e-15)


def test_parts_of_a_weight_that_have_a_norm(make):
    w = np.array([[3.0, 4.0], [0.0, 0.5]])
    for of, expected in {
        "row": [[0.6, 0.8], [0.0, 0.5]],
        "whole": w / np.sqrt(25.25),
        "unit": [[1.0, 4 / np.sqrt(16.25)], [0.0, 0.5 / np.sqrt(16.25)]],
    }.items():
        projected = w.copy()
        make("constraint", "max_norm", largest=1.0, of=of).project(projected, np.empty((2, 2)))
        np.testing.assert_allclose(projected, expected, rtol=1e-12)


def test_a_choice_for_all_layers_and_for_one(tmp_path):
    quick = ("data=spirals", "callbacks=none", "trainer.epochs=1", "model.hidden=[6]")
    run = fw.train(
        *quick,
        "layer/constraint=unit_norm",
        "+layer/constraint@model.variants.output.constraint=non_negative",
        directory=tmp_path / "r",
    )
    parameters = run.network.parameters()
    np.testing.assert_allclose((parameters["hidden_1.weights"] ** 2).sum(axis=0), 1, rtol=1e-5)
    assert (parameters["output.weights"] >= 0).all()
    assert run.summary["components"]["constraint unit_norm"].startswith("mlp-framework")
    with pytest.raises(fw.ConfigurationError) as refused:
        fw.train(*quick, "layer.constraint.name=max_nrm", directory=tmp_path / "no")
    assert "layer.constraint.name: there is no constraint 'max_nrm'; did you mean" in str(
        refused.value
    )


def test_a_number_that_is_a_schedule(tmp_path):
    run = fw.train(
        *("data=spirals", "callbacks=none", "trainer.epochs=2", "model.hidden=[6]"),
        *("layer/constraint=max_norm", "+schedule@layer.constraint.largest=linear"),
        *("layer.constraint.largest.first=1.0", "layer.constraint.largest.last=0.25"),
        directory=tmp_path / "r",
    )
    last = 1.0 - 0.75 * (run.trainer.steps - 1) / run.trainer.steps
    for name, w in run.network.parameters().items():
        if name.endswith("weights"):
            assert np.sqrt((w**2).sum(axis=0)).max() <= last * (1 + 1e-5)


def test_a_run_of_before_there_were_constraints_is_the_same_run():
    none, some = {"constraint": {"name": "none"}}, {"constraint": {"name": "unit_norm"}}
    before = {"layer": {"name": "dense"}, "model": {"variants": {"output": {"name": "dense"}}}}
    now = {
        "layer": {"name": "dense", **none},
        "model": {"variants": {"output": {"name": "dense", **none}}},
        "trainer": {"accumulate": 1, "clip_norm": None, "clip_value": None, "class_weight": None},
    }
    assert differences(before, now) == {}
    changed = differences(before, {**now, "layer": {"name": "dense", **some}})
    assert list(changed) == ["layer.constraint.name"]
