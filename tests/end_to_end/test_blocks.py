"""Blocks of layers, as a user writes them."""

from pathlib import Path

import numpy as np
import pytest

import framework as fw

PLAIN = ["data=spirals", "callbacks=none", "layer=dense_xavier", "model=sequential", "seed=3"]
BLOCKS = (
    "model.layers=[{name: dense, units: 12}, {residual: [{name: dense, units: 12, update_rule:"
    " {name: rmsprop}}, tanh, {name: dense, units: 12}]}, {parallel: [[relu, {name: dense, units:"
    " 4}], {name: dense, units: 3}, []], join: concatenate}, dense]"
)


def train(directory: Path, *overrides: str) -> fw.Run:
    return fw.train(*PLAIN, *overrides, directory=directory)


def everything(network: fw.Network) -> dict[str, bytes]:
    return {n: a.tobytes() for n, a in (network.parameters() | network.state()).items()}


@pytest.mark.slow
def test_a_run_stopped_on_the_way_ends_with_the_same_bytes_and_is_loaded(tmp_path):
    final = "+callbacks.weights.name=weights"
    whole = train(tmp_path / "whole", BLOCKS, "trainer.epochs=3", final)
    train(tmp_path / "stopped", BLOCKS, "trainer.epochs=2")
    resumed = fw.resume(tmp_path / "stopped", "trainer.epochs=3")
    assert everything(resumed.network) == everything(whole.network)
    loaded = fw.load(tmp_path / "whole")
    x = whole.data.test.inputs
    np.testing.assert_array_equal(loaded.logits(x), whole.network.logits(x))
    assert "residual_2.dense_3.weights" in loaded.parameters()
    assert whole.summary["figures"]["test_accuracy"] > 0.4


@pytest.mark.slow
def test_the_same_layers_in_a_chain_are_the_same_bytes(tmp_path):
    inner = "{name: dense, units: 8}, relu"
    row = train(tmp_path / "row", f"model.layers=[{inner}, dense]", "trainer.epochs=2")
    chain = train(
        tmp_path / "chain", f"model.layers=[{{chain: [{inner}]}}, dense]", "trainer.epochs=2"
    )
    assert chain.losses.tobytes() == row.losses.tobytes()


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        (
            "[{residual: [{name: dense, units: 5}]}, dense]",
            "layer 'residual_1.sum' does not accept inputs of shape (2,) and (5,): sum takes",
        ),
        ("[{residual: []}, dense]", "model.layers[0].residual: expected a list of at least one"),
        ("[{residual: [relu], join: some}]", "model.layers[0].join.name: there is no join 'some'"),
        (
            "[{parallel: [relu]}, dense]",
            "model.layers[0].parallel: expected a list of at least two",
        ),
        ("[{parallel: [[], []]}, dense]", "expected a layer in one of the branches"),
        ("[{residal: [relu]}, dense]", "or a block (residual, parallel, chain); got"),
        ("[{residual: [relu], unit: 3}]", "model.layers[0].unit: residual has no such key"),
        ("[{chain: [relu], join: sum}]", "nothing is joined"),
        ("[{residual: [relu], chain: [relu]}]", "is residual and chain at once"),
        ("[{parallel: [relu, [tanh, rely]]}]", "model.layers[0].parallel[1][1].name: there is no"),
        ("[{name: dense, units: 3}, relu, {residual: [tanh]}, relu]", None),
    ],
)
@pytest.mark.sampled(4)
def test_what_does_not_fit_is_one_line_before_training(tmp_path, layers, said):
    if said is None:
        train(tmp_path / "run", f"model.layers={layers}", "trainer.epochs=1")
        return
    with pytest.raises(fw.ConfigurationError) as caught:
        train(tmp_path / "run", f"model.layers={layers}")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_the_way_back_to_the_inputs_goes_through_every_branch(tmp_path):
    run = train(tmp_path / "run", BLOCKS, "trainer.epochs=1", "dtype=float64")
    x = run.data.test.inputs[:5].astype(np.float64)
    gradient = run.network.input_gradient(x, 1)
    for feature in (0, 1):
        moved = np.zeros_like(x)
        moved[:, feature] = 1e-6
        change = run.network.logits(x + moved)[:, 1] - run.network.logits(x - moved)[:, 1]
        np.testing.assert_allclose(gradient[:, feature], change / 2e-6, rtol=1e-5, atol=1e-8)
