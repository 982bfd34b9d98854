"""The initializers beside their definitions."""

from __future__ import annotations

import numpy as np
import pytest

import framework

SHAPE = FAN_IN, FAN_OUT = 300, 500


def draw(make, name, shape=SHAPE, **fields):
    return make("initializer", name, **fields).draw(np.random.default_rng(3), shape)


@pytest.mark.parametrize(
    ("name", "fields", "variance"),
    [
        ("lecun_normal", {}, 1 / FAN_IN),
        ("lecun_normal", {"truncated": True}, 1 / FAN_IN),
        ("lecun_uniform", {}, 1 / FAN_IN),
        ("he_uniform", {}, 2 / FAN_IN),
        ("he_uniform", {"slope": 1.0, "fan": "out"}, 1 / FAN_OUT),
        ("he_normal", {"truncated": True, "slope": 1.0}, 1 / FAN_IN),
        ("xavier_normal", {"truncated": True, "gain": 3.0}, 18 / (FAN_IN + FAN_OUT)),
        ("xavier_uniform", {"gain": 3.0}, 18 / (FAN_IN + FAN_OUT)),
        ("variance_scaling", {"scale": 4.0, "fan": "average"}, 8 / (FAN_IN + FAN_OUT)),
        ("variance_scaling", {"distribution": "truncated_normal", "fan": "out"}, 1 / FAN_OUT),
        ("variance_scaling", {"distribution": "uniform"}, 1 / FAN_IN),
        ("torch_linear", {}, 1 / (3 * FAN_IN)),
    ],
)
def test_variances_are_those_of_the_papers(make, name, fields, variance):
    w, deviation = draw(make, name, **fields), np.sqrt(variance)
    assert abs(w.mean()) < 5 * deviation / np.sqrt(w.size)
    assert abs(w.std() / deviation - 1) < 0.01
    if fields.get("truncated") or "truncated" in fields.get("distribution", ""):
        assert np.abs(w).max() <= 2 * deviation / 0.87962566103423978
    if "uniform" in (*fields.values(), name[-7:], name.replace("torch_linear", "uniform")):
        assert 0.99 < np.abs(w).max() / (deviation * np.sqrt(3)) <= 1 + 1e-12


@pytest.mark.parametrize(("in_deviations", "end"), [(False, 2.0), (True, 1.0)])
def test_a_truncated_normal_is_cut_where_it_says(make, in_deviations, end):
    w = draw(make, "truncated_normal", deviation=0.5, in_deviations=in_deviations)
    assert 0.98 * end < np.abs(w).max() <= end


def test_an_interval_that_holds_nothing_is_refused(make):
    with pytest.raises(ValueError, match=r"from 1 to 2 lies 0\.00% of the normal"):
        make("initializer", "truncated_normal", low=1.0)


@pytest.mark.parametrize("shape", [(9, 5), (5, 9), (6, 6), (3, 3, 4)])
def test_orthogonal_matrices_are_orthogonal(make, shape):
    w = draw(make, "orthogonal", shape, gain=2.0).reshape(-1, shape[-1])
    short = w.T @ w if w.shape[0] >= w.shape[1] else w @ w.T
    np.testing.assert_allclose(short, 4 * np.eye(len(short)), atol=1e-12)


def test_orthogonal_matrices_are_turned_by_the_signs_of_r(make):
    """Without them, LAPACK's Q has a first entry below 0 for most matrices."""
    initializer, rng = make("initializer", "orthogonal"), np.random.default_rng(0)
    above = np.mean([initializer.draw(rng, (3, 3))[0, 0] > 0 for _ in range(400)])
    assert 0.42 < above < 0.58


def test_the_identity_changes_nothing(make):
    np.testing.assert_array_equal(draw(make, "identity", (2, 3)), [[1, 0, 0], [0, 1, 0]])


def test_sparse_units_have_so_many_inputs_each(make):
    w = draw(make, "sparse", sparsity=0.75)
    assert set(np.count_nonzero(w, axis=0)) == {FAN_IN // 4}
    assert len(set(np.count_nonzero(w, axis=1))) > 10, "the same inputs are left to every unit"
    assert abs(w[w != 0].std() / 0.01 - 1) < 0.02


def test_a_run_draws_the_biases_of_torchs_linear_layers(tmp_path):
    slow = (
        "trainer.epochs=1",
        "layer.update_rule.learning_rate=1e-9",
        "layer/initializer=torch_linear",
    )
    run = framework.train("data=spirals", "callbacks=none", *slow, directory=tmp_path / "run")
    parameters = run.network.parameters()
    biases = {n: a for n, a in parameters.items() if n.endswith("bias")}
    assert biases
    for name, bias in biases.items():
        weights = parameters[name.replace("bias", "weights")]
        assert 0.5 < np.abs(bias).max() * np.sqrt(len(weights)) <= 1
