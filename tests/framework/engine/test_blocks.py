"""Blocks of layers against the straight formula, differentiated by complex steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from framework.engine import blas
from framework.engine.network import Network
from framework.engine.propagation import Step
from framework.settings.layers import read_layers
from framework.settings.reader import Reader
from tests.framework.engine.test_memory import traced

BATCH, FEATURES, OUTPUTS = 8, 4, 3
RATE, H = 0.2, 1e-20

VARIANT = {
    "name": "dense",
    "initializer": "xavier_normal",
    "regularizer": "none",
    "update_rule": {"name": "sgd", "learning_rate": RATE},
}


def dense(units: int, **own: Any) -> dict[str, Any]:
    return {"name": "dense", "units": units, **own}


def affine(p: dict[str, Any], label: str, x: Any) -> Any:
    return x @ p[f"{label}.weights"] + p[f"{label}.bias"]


def relu(x: Any) -> Any:
    return np.where(x.real > 0, x, 0)


def two_readers(p: dict[str, Any], x: Any) -> Any:
    """Dense layers' outputs that a skip reads too, one of them ahead of an in-place layer."""
    a = affine(p, "dense_1", x)
    b = a + affine(p, "residual_2.dense_2", relu(a))
    c = b + np.tanh(b)
    return affine(p, "dense_4", c)


def side_by_side(p: dict[str, Any], x: Any) -> Any:
    """Branches of one, two and no layers, the network's input among them."""
    inner = affine(p, "parallel_1.chain_1.dense_1", x)
    a = np.concatenate([np.tanh(inner), affine(p, "parallel_1.dense_2", x), x], axis=1)
    b = relu(affine(p, "dense_2", a))
    return affine(p, "dense_4", b)


def nested(p: dict[str, Any], x: Any) -> Any:
    """A block in a block in a block, each reading the same input."""
    deep = x + affine(p, "residual_1.residual_1.dense_1", x)
    branch = affine(p, "residual_1.parallel_2.dense_1", deep)
    a = x + (branch + np.tanh(deep) + deep)
    return affine(p, "dense_3", relu(affine(p, "chain_2.dense_1", a)))


NETWORKS: dict[Any, list[Any]] = {
    two_readers: [dense(5), {"residual": ["relu", dense(5)]}, {"residual": ["tanh"]}, dense(3)],
    side_by_side: [
        {"parallel": [[dense(6), "tanh"], dense(2), []], "join": "concatenate"},
        *(dense(5), "relu", dense(3)),
    ],
    nested: [
        {
            "residual": [
                {"name": "residual", "layers": [dense(4)]},
                {"parallel": [dense(4), "tanh", []]},
            ]
        },
        {"chain": [dense(5), "relu"]},
        dense(3),
    ],
}


def made(registry: Any, layers: list[Any], dtype: str = "float64", **variant: Any) -> Network:
    reader = Reader(registry)
    plans = read_layers(reader, {"layers": layers}, {**VARIANT, **variant})
    reader.finish()
    return Network(plans, (FEATURES,), dtype, np.random.SeedSequence(0))


def loss_of(z: Any, labels: Any) -> Any:
    return (np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), labels]).mean()


def slopes(formula: Any, p: dict[str, Any], x: Any, labels: Any) -> dict[str, Any]:
    """Return the gradient of the mean loss for every parameter, exact to rounding."""
    gradients = {name: np.empty_like(array) for name, array in p.items()}
    for name, array in p.items():
        for at in np.ndindex(array.shape):
            moved = array.astype(complex)
            moved[at] += 1j * H
            changed = loss_of(formula({**p, name: moved}, x.astype(complex)), labels)
            gradients[name][at] = changed.imag / H
    return gradients


@pytest.mark.parametrize("formula", NETWORKS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("how", ["fused", "written down", "numpy's matmul", "float32"])
def test_follows_the_straight_formula(registry, make, monkeypatch, formula, how):
    if how == "numpy's matmul":
        monkeypatch.setattr(blas, "_gemm", lambda char: None)
    dtype, exact = ("float32", 1e-4) if how == "float32" else ("float64", 1e-11)
    network = made(registry, NETWORKS[formula], dtype)
    step = Step(
        network,
        BATCH,
        make("loss", "softmax_cross_entropy"),
        keep_gradients=how == "written down",
    )
    straight = {name: a.astype(np.float64) for name, a in network.parameters().items()}
    rng, losses = np.random.default_rng(1), np.empty(BATCH, dtype)
    for i in range(12):
        x = rng.standard_normal((BATCH, FEATURES)).astype(dtype)
        labels = rng.integers(0, OUTPUTS, BATCH)
        step.inputs[...] = x
        step.run_step(i, labels, losses)
        x = x.astype(np.float64)
        np.testing.assert_allclose(losses.mean(), loss_of(formula(straight, x), labels), rtol=exact)
        for name, gradient in slopes(formula, straight, x, labels).items():
            straight[name] = straight[name] - RATE * gradient
    for name, array in network.parameters().items():
        np.testing.assert_allclose(array, straight[name], rtol=exact, atol=exact)
    x = rng.standard_normal((30, FEATURES))
    np.testing.assert_allclose(network.logits(x), formula(straight, x), rtol=1e-3, atol=1e-4)


def test_a_chain_is_its_layers_in_a_row(registry):
    row = made(registry, [dense(5), "relu", dense(3)])
    chain = made(registry, [{"chain": [dense(5), {"chain": ["relu"]}]}, dense(3)])
    assert [bound.sources for bound in chain.layers] == [(0,), (1,), (2,)]
    assert [bound.label for bound in chain.layers] == [
        *("chain_1.dense_1", "chain_1.chain_2.relu_1", "dense_2")
    ]
    assert chain.overwrites(1)
    for ours, theirs in zip(chain.parameters().values(), row.parameters().values(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_each_layer_in_a_block_has_a_variant_of_its_own(registry):
    frozen = dense(4, update_rule=None, initializer="zeros")
    block = {"residual": [dense(4), "tanh", frozen], "initializer": "he_normal"}
    first, tanh, last, _, output = made(registry, [block, dense(3)]).layers
    assert not np.any(last.views.parameters.weights)
    assert np.any(first.views.parameters.weights)
    assert (first.trainable, last.trainable) == (True, False)
    assert [b.label for b in (first, tanh, last)] == [
        *("residual_1.dense_1", "residual_1.tanh_2", "residual_1.dense_3")
    ]
    assert output.label == "dense_2"


def test_a_frozen_branch_costs_no_way_back(registry, make):
    network = made(
        registry, [{"parallel": [dense(3, update_rule=None), dense(3)]}], update_rule="sgd"
    )
    before = {name: a.copy() for name, a in network.parameters().items()}
    step = Step(network, BATCH, make("loss", "softmax_cross_entropy"))
    step.inputs[...] = np.random.default_rng(0).standard_normal((BATCH, FEATURES))
    step.run_step(0, np.zeros(BATCH, int), np.empty(BATCH))
    moved = {name for name, a in network.parameters().items() if np.any(a != before[name])}
    assert moved == {"parallel_1.dense_2.weights", "parallel_1.dense_2.bias"}


def test_pictures_are_scaled_for_every_reader_of_the_input(registry):
    """A skip reads the numbers as they are, where products would scale them."""
    plans = [{"residual": [dense(4)]}, dense(3)]
    network, scaled = made(registry, plans), made(registry, plans)
    scaled.scale = 1 / 255
    x = np.random.default_rng(0).integers(0, 255, (9, FEATURES))
    np.testing.assert_allclose(scaled.logits(x), network.logits(x / 255), rtol=1e-12)


def test_a_thousand_steps_in_blocks_allocate_nothing(registry, make):
    layers = [
        {"parallel": [[dense(6), "tanh"], dense(2), []], "join": "concatenate"},
        {"residual": ["relu", dense(12)]},
        dense(3),
    ]
    step = Step(made(registry, layers), BATCH, make("loss", "softmax_cross_entropy"))
    step.inputs[...] = np.random.default_rng(0).standard_normal((BATCH, FEATURES))
    labels, losses = np.zeros(BATCH, int), np.empty(BATCH)
    traced(step, 0, labels, losses)
    left, most = traced(step, 1000, labels, losses)
    assert left < 1000
    assert most < 3000
