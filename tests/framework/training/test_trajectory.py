"""Two hundred steps of training against the reference's formulas, written straight down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from framework.engine import blas
from framework.engine.compiled import NOTHING, Compiled
from framework.engine.compiled_layers import CompiledLayers
from framework.engine.compiled_loss import compiled_loss
from framework.engine.network import Network
from framework.engine.plan import LayerPlan, Training
from framework.engine.propagation import Step
from tests.reference import Reference

STEPS, FEATURES, OUTPUTS = 200, 12, 4
BATCH = 16
Make = Callable[..., Any]


def plans(make: Make, activation: str, training: Training, hidden: tuple[int, ...]) -> Any:
    plan = []
    for i, units in enumerate((*hidden, OUTPUTS), start=1):
        plan.append(LayerPlan(f"dense_{i}", make("layer", "dense", units=units), training))
        if i <= len(hidden):
            plan.append(LayerPlan(f"{activation}_{i}", make("layer", activation), training))
    return plan


def run_both(make: Make, **case: Any) -> tuple[np.ndarray, np.ndarray, Network, Reference]:
    """Train network and reference from the same start on the same batches."""
    activation, rule = case.get("activation", "relu"), case.get("rule", "sgd")
    loss_name = case.get("loss", "softmax_cross_entropy")
    rate = case.get("learning_rate", 0.1 if rule == "sgd" else 0.01)
    regularizer = make("regularizer", "none")
    for name in ("l1", "l2"):
        if case.get(name):
            regularizer = make("regularizer", name, strength=case[name])
    training = Training(
        make("initializer", "xavier_normal"),
        regularizer,
        make("update_rule", rule, learning_rate=rate),
    )
    network = Network(
        plans(make, activation, training, case.get("hidden", (9, 7))),
        (FEATURES,),
        "float64",
        np.random.SeedSequence(3),
    )
    start = {name: array.copy() for name, array in network.parameters().items()}
    reference = Reference(
        [a for n, a in start.items() if n.endswith("weights")],
        [a for n, a in start.items() if n.endswith("bias")],
        activation=activation,
        loss=loss_name,
        l1=case.get("l1", 0.0),
        l2=case.get("l2", 0.0),
        rule=rule,
        learning_rate=rate,
    )
    batch = case.get("batch", BATCH)
    loss = make("loss", loss_name)
    compiled = NOTHING
    if case.get("compiled"):
        compiled = Compiled(
            layers=CompiledLayers(network), loss=compiled_loss(loss, OUTPUTS, "float64")
        )
    keep_gradients = case.get("keep_gradients", False)
    step = Step(network, batch, loss, keep_gradients=keep_gradients, compiled=compiled)
    rng = np.random.default_rng(5)
    losses = np.empty(batch)
    ours, theirs = np.empty(STEPS), np.empty(STEPS)
    for i in range(STEPS):
        x = rng.standard_normal((batch, FEATURES))
        if loss_name == "softmax_cross_entropy":
            targets = np.digitize(x[:, :3].sum(axis=1), [-1, 0, 1])
        else:
            targets = np.sin(x[:, :OUTPUTS])
        step.inputs[...] = x
        step.run_step(i, targets, losses)
        ours[i] = losses.mean()
        theirs[i] = reference.step(x, targets)
    return ours, theirs, network, reference


CASES: dict[str, dict[str, Any]] = {
    "sgd": {},
    "sgd, gradients written down": {"keep_gradients": True},
    "sgd, sigmoid": {"activation": "sigmoid", "learning_rate": 1.0},
    "sgd, tanh, deep": {"activation": "tanh", "hidden": (9, 8, 7, 6)},
    "sgd, no hidden layer": {"hidden": ()},
    "sgd, batches of one": {"batch": 1, "learning_rate": 0.01},
    "sgd, batches of seven, one wide layer": {"batch": 7, "hidden": (130,)},
    "sgd, l2": {"l2": 0.01},
    "sgd, l2, gradients written down": {"l2": 0.01, "keep_gradients": True},
    "sgd, l1": {"l1": 0.003},
    "rmsprop": {"rule": "rmsprop"},
    "rmsprop, l2": {"rule": "rmsprop", "l2": 0.01},
    "regression": {"loss": "mean_squared_error", "activation": "tanh"},
}


@pytest.mark.sampled(14)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("direct", [True, False], ids=["direct BLAS", "numpy's matmul"])
def test_matches_the_reference_for_200_steps(
    make: Make, monkeypatch: pytest.MonkeyPatch, case: dict[str, Any], direct: bool
) -> None:
    if not direct:
        monkeypatch.setattr(blas, "_gemm", lambda char: None)
    expect_alike(*run_both(make, **case))


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_machine_code_matches_the_reference_for_200_steps(make: Make, case: dict[str, Any]) -> None:
    pytest.importorskip("numba")
    expect_alike(*run_both(make, **case, compiled=True))


def expect_alike(
    ours: np.ndarray, theirs: np.ndarray, network: Network, reference: Reference
) -> None:
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    arrays = network.parameters()
    for i, name in enumerate(n for n in arrays if n.endswith("weights")):
        scale = np.abs(reference.weights[i]).max()
        np.testing.assert_allclose(arrays[name], reference.weights[i], rtol=0, atol=1e-12 * scale)
    for i, name in enumerate(n for n in arrays if n.endswith("bias")):
        scale = np.abs(reference.biases[i]).max()
        np.testing.assert_allclose(arrays[name], reference.biases[i], rtol=0, atol=1e-12 * scale)
    assert theirs[-20:].mean() < theirs[:20].mean(), "nothing was learnt, so nothing was compared"


def test_layers_may_have_rules_of_their_own(make: Make) -> None:
    """A frozen layer stays, one under SGD and one under RMSProp each follow their own formula."""
    none, draw = make("regularizer", "none"), make("initializer", "xavier_normal")
    rules = (make("update_rule", "sgd"), None, make("update_rule", "rmsprop"))
    layers = [make("layer", "dense", units=u) for u in (6, 5, OUTPUTS)]
    network = Network(
        [
            LayerPlan(f"dense_{i}", layer, Training(draw, none, rule))
            for i, (layer, rule) in enumerate(zip(layers, rules, strict=True))
        ],
        (FEATURES,),
        "float64",
        np.random.SeedSequence(0),
    )
    before = {name: a.copy() for name, a in network.parameters().items()}
    step = Step(network, BATCH, make("loss", "softmax_cross_entropy"))
    rng = np.random.default_rng(1)
    step.inputs[...] = rng.standard_normal((BATCH, FEATURES))
    labels = rng.integers(0, OUTPUTS, BATCH)
    step.run_step(0, labels, np.empty(BATCH))

    w = [before[f"dense_{i}.weights"] for i in range(3)]
    first = Reference([a.copy() for a in w], [np.zeros(6), np.zeros(5), np.zeros(4)], "identity")
    first.step(np.array(step.inputs), labels)
    last = Reference(
        [a.copy() for a in w],
        [np.zeros(6), np.zeros(5), np.zeros(4)],
        "identity",
        rule="rmsprop",
        learning_rate=1e-4,
    )
    last.step(np.array(step.inputs), labels)
    after = network.parameters()
    np.testing.assert_allclose(after["dense_0.weights"], first.weights[0], rtol=1e-12)
    np.testing.assert_array_equal(after["dense_1.weights"], w[1])
    np.testing.assert_allclose(after["dense_2.weights"], last.weights[2], rtol=1e-12)
