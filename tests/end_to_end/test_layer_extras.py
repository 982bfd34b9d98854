"""What layers add to the loss, first values from data, and slips in layers that are one line."""

from pathlib import Path

import numpy as np
import pytest

import framework as fw
from framework.engine.network import Network
from framework.engine.propagation import Step
from framework.settings.layers import read_layers
from framework.settings.reader import Reader

MINE = """
from dataclasses import dataclass

import numpy as np
from framework import Callback, Layer, Metric, Parameter, hookimpl, hyperparameter


@dataclass(frozen=True)
class Slips(Layer):
    how: str = hyperparameter("", "which slip")

    def output_shape(self, inputs):
        return 5 if self.how == "shape" else inputs

    def parameters(self, inputs):
        return ["w"] if self.how == "parameters" else ()

    def state(self, inputs):
        return [1] if self.how == "state" else {}

    def scratch(self, x, out):
        return None if self.how == "scratch" else {}

    def adapt(self, x):
        return {"mean": 0} if self.how == "adapt" else {}

    def added_loss(self, y, losses, gradient, arrays):
        if self.how == "added":
            raise ValueError("boom")
        losses[...] = gradient[...] = 0

    def forward(self, x, out, arrays):
        if self.how == "raises":
            raise ValueError("boom")
        return [1, 2] if self.how == "forward" else x

    def input_gradient(self, x, y, g, out, arrays):
        return "text" if self.how == "back" else g


@dataclass(frozen=True)
class Unknown(Layer):
    pass


@dataclass(frozen=True)
class Broken(Metric):
    def start(self, outputs):
        return np.zeros(1)

    def add(self, state, z, targets, losses):
        raise ValueError("boom")

    def result(self, state):
        return 0.0


@hookimpl
def framework_layers():
    return {"slips": Slips}


@hookimpl
def framework_metrics():
    return {"broken": Broken}
"""
HOLDS = """
from dataclasses import dataclass
from framework import Layer, hookimpl, hyperparameter
from mine_of_extras import Unknown


@dataclass(frozen=True)
class Holds(Layer):
    inner: Layer = hyperparameter(Unknown(), "the one inside")


@hookimpl
def framework_layers():
    return {"holds": Holds}
"""
QUICK = ["data=spirals", "callbacks=none", "layer=dense_xavier", "model.hidden=[8]"]
QUICK += ["trainer.epochs=1", "checkpoint=none"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "mine_of_extras.py").write_text(MINE)
    (tmp_path / "mine_that_holds.py").write_text(HOLDS)
    return tmp_path


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("shape", "layer 'hidden_1.slips': output_shape gave 5; expected a tuple of integers"),
        ("parameters", "layer 'hidden_1.slips': parameters gave ['w']; expected Parameters"),
        ("state", "layer 'hidden_1.slips': state gave [1]; expected arrays by name"),
        ("scratch", "layer 'hidden_1.slips': scratch gave None; expected arrays by name"),
        ("adapt", "layer 'hidden_1.slips': adapt gave 'mean'; its arrays are none"),
        ("forward", "layer 'hidden_1.slips': forward gave list; expected an array of shape (1000"),
        ("back", "layer 'hidden_1.slips': input_gradient gave str; expected an array"),
        ("raises", "layer 'slips' (mine_of_extras): ValueError: boom ("),
        ("added", "layer 'slips' (mine_of_extras): ValueError: boom ("),
    ],
)
@pytest.mark.sampled(3)
def test_a_slip_in_a_layer_is_one_line_that_names_it(here, how, said):
    with pytest.raises(fw.PluginError) as caught:
        fw.train(
            *(*QUICK, "plugins=[mine_of_extras]", f"model.activation={{name: slips, how: {how}}}"),
            directory=here / "run",
        )
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_a_metric_raises_names_it(here):
    with pytest.raises(fw.PluginError, match=r"metric 'broken' \(mine_of_extras\): ValueError"):
        fw.train(
            *QUICK, "plugins=[mine_of_extras]", "+metrics.mine.name=broken", directory=here / "run"
        )


def test_who_holds_an_unregistered_component_is_named(here):
    with pytest.raises(fw.PluginError) as caught:
        fw.train(
            *QUICK, "plugins=[mine_that_holds]", "model.activation=holds", directory=here / "run"
        )
    assert str(caught.value).startswith(
        "layer 'holds' (mine_that_holds): its field 'inner' holds mine_of_extras.Unknown: no plugin"
    )


def straight(network: Network, x: np.ndarray, y: np.ndarray, l2: float, l1: float):
    """Return the loss of dense, activity, relu, dense and its gradient for the first weights."""
    w1, b1, w2, b2 = network.parameters().values()
    a = x @ w1 + b1
    z = np.maximum(a, 0) @ w2 + b2
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[range(len(x)), y]).mean() + (l2 * a**2 + l1 * abs(a)).sum() / len(x)
    p[range(len(x)), y] -= 1
    ga = (p / len(x)) @ w2.T * (a > 0) + (2 * l2 * a + l1 * np.sign(a)) / len(x)
    return loss, x.T @ ga


@pytest.mark.parametrize("trained", [True, False])
def test_a_step_follows_the_straight_formula_of_a_penalty_on_activations(registry, make, trained):
    reader = Reader(registry)
    variant = {"name": "dense", "initializer": "xavier_normal", "regularizer": "none"}
    rule = {"name": "sgd", "learning_rate": 0.5}
    first = {"name": "dense", "units": 6, "update_rule": rule if trained else None}
    penalty = {"name": "activity", "l1": 0.02, "l2": 0.03}
    layers = [first, penalty, "relu", {"name": "dense", "units": 3}]
    plans = read_layers(reader, {"layers": layers}, {**variant, "update_rule": rule})
    reader.finish()
    network = Network(plans, (4,), "float64", np.random.SeedSequence(0))
    step = Step(network, 10, make("loss", "softmax_cross_entropy"))
    rng, losses = np.random.default_rng(0), np.empty(10)
    for i in range(5):
        x, y = rng.standard_normal((10, 4)), rng.integers(0, 3, 10)
        loss, gradient = straight(network, x, y, 0.03, 0.02)
        before = network.parameters()["dense_1.weights"].copy()
        step.inputs[...] = x
        step.run_step(i, y, losses)
        np.testing.assert_allclose(losses.mean(), loss, rtol=1e-12)
        after = network.parameters()["dense_1.weights"]
        moved = 0.5 * gradient if trained else 0
        np.testing.assert_allclose(after, before - moved, rtol=1e-10, atol=1e-14)


def test_a_penalty_on_activations_is_the_same_in_parts_of_a_batch(tmp_path):
    overrides = [*QUICK, "dtype=float64", "model.norm={name: activity, l2: 0.01}"]
    whole = fw.train(*overrides, directory=tmp_path / "whole")
    parts = fw.train(*overrides, "trainer.accumulate=4", directory=tmp_path / "parts")
    np.testing.assert_allclose(parts.losses, whole.losses, rtol=1e-9)
    plain = [*overrides[:-1], "model.norm=identity"]
    assert fw.train(*plain, directory=tmp_path / "plain").losses[0] < whole.losses[0]


@pytest.mark.slow
def test_first_values_come_from_the_training_split_and_the_layers_below(tmp_path):
    overrides = [*QUICK, "model.norm=act_norm", "model.hidden=[8,6]", "checkpoint=default"]
    seen = fw.train(*overrides, "layer.update_rule=null", directory=tmp_path / "seen")
    x = seen.data.train.inputs[:1000]
    for label in ("hidden_1.act_norm", "hidden_2.act_norm"):
        y = seen.network.activations(x)[label]
        np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-4)
        np.testing.assert_allclose(y.std(axis=0), 1, atol=1e-3)
    whole = fw.train(*overrides, "trainer.epochs=2", directory=tmp_path / "whole")
    fw.train(*overrides, directory=tmp_path / "stopped")
    resumed = fw.resume(tmp_path / "stopped", "trainer.epochs=2")
    for name, array in whole.network.parameters().items():
        assert array.tobytes() == resumed.network.parameters()[name].tobytes()
