"""`model=mlp` with norms, activations and dropout of its own; and the norms in training."""

from pathlib import Path

import numpy as np
import pytest

import framework as fw
from tests.layers import bound

QUICK = ["data=spirals", "callbacks=none", "layer=dense_xavier", "model.hidden=[8,6]"]
ALL = ["model.norm=[batch_norm,rms_norm]", "model.activation=[relu,tanh]", "model.dropout=0.1"]


def train(directory: Path, *overrides: str) -> fw.Run:
    return fw.train(*QUICK, *overrides, directory=directory)


@pytest.mark.slow
def test_each_hidden_layer_has_a_norm_an_activation_and_a_dropout(tmp_path):
    run = train(tmp_path / "run", *ALL, "trainer.epochs=3", "layer.regularizer.name=l2")
    assert [bound.label for bound in run.network.layers] == [
        *("hidden_1", "hidden_1.batch_norm", "hidden_1.relu", "hidden_1.dropout"),
        *("hidden_2", "hidden_2.rms_norm", "hidden_2.tanh", "hidden_2.dropout", "output"),
    ]
    assert run.summary["figures"]["test_accuracy"] > 0.6
    train(tmp_path / "stopped", *ALL, "trainer.epochs=2", "layer.regularizer.name=l2")
    resumed = fw.resume(tmp_path / "stopped", "trainer.epochs=3")
    for name, array in (run.network.parameters() | run.network.state()).items():
        assert (
            array.tobytes()
            == (resumed.network.parameters() | resumed.network.state())[name].tobytes()
        )
    loaded, x = fw.load(tmp_path / "stopped", "last"), run.data.test.inputs
    np.testing.assert_array_equal(loaded.logits(x), run.network.logits(x))


@pytest.mark.slow
def test_a_norm_is_frozen_with_its_layer(tmp_path):
    run = train(tmp_path / "run", *ALL, "+model.variants.hidden_1.update_rule=null")
    assert (run.network.parameters()["hidden_1.batch_norm.scale"] == 1).all()
    assert (run.network.parameters()["hidden_2.rms_norm.scale"] != 1).any()


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["model.activation=[relu]"], "model.activation: has 1 for 2 hidden layers"),
        (["model.norm=[null,some]"], "model.norm[1].name: there is no layer 'some'"),
        (["model.dropout=1.5"], "model.dropout.rate: must be at least 0 and less than 1, got 1.5"),
        (
            ["model.norm=batch_norm", "trainer.batch_size=1"],
            "model: layer 'hidden_1.batch_norm' needs at least 2 rows at once in training",
        ),
    ],
)
def test_what_does_not_fit_is_one_line_before_training(tmp_path, overrides, said):
    with pytest.raises(fw.ConfigurationError) as caught:
        train(tmp_path / "run", *overrides)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_running_averages_of_a_batch_norm_are_of_the_unbiased_variance(make):
    layer, rng = make("layer", "batch_norm", share=0.25), np.random.default_rng(0)
    batches = [3 + 2 * rng.standard_normal((9, 4)) for _ in range(5)]
    arrays, out = bound(layer, batches[0], rng)
    arrays.rng = rng
    mean, variance = np.zeros(4), np.ones(4)
    for x in batches:
        layer.forward(x, out, arrays)
        mean = 0.75 * mean + 0.25 * x.mean(axis=0)
        variance = 0.75 * variance + 0.25 * x.var(axis=0, ddof=1)
    np.testing.assert_allclose(arrays.running_mean, mean, rtol=1e-12)
    np.testing.assert_allclose(arrays.running_variance, variance, rtol=1e-12)
    arrays.rng = None
    straight = arrays.scale * (x - mean) / np.sqrt(variance + 1e-5) + arrays.shift
    np.testing.assert_allclose(layer.forward(x, out, arrays), straight, rtol=1e-12)
