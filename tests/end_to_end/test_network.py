"""A trained network in a user's hands: what it takes, copies of it, and its file."""

import copy
import json
import pickle

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

import framework as fw

MINE = """
from dataclasses import dataclass

import numpy as np
from framework import Layer, Parameter, hookimpl


@dataclass(frozen=True)
class Norm(Layer):
    \"\"\"Running means and deviations, of the batches seen in training.\"\"\"

    def parameters(self, inputs):
        return (Parameter("scale", inputs, role="scale", initial=1.0),)

    def state(self, inputs):
        return {"mean": np.zeros(inputs), "deviation": np.ones(inputs)}

    def forward(self, x, out, arrays):
        if arrays.rng is not None:
            arrays.mean += 0.1 * (x.mean(axis=0) - arrays.mean)
            arrays.deviation += 0.1 * (x.std(axis=0) + 0.1 - arrays.deviation)
        return arrays.scale * (x - arrays.mean) / arrays.deviation

    def input_gradient(self, x, y, g, out, arrays):
        return g * arrays.scale / arrays.deviation

    def parameter_gradients(self, x, y, g, gradients, arrays):
        np.sum(g * (x - arrays.mean) / arrays.deviation, axis=0, out=gradients.scale)


@dataclass(frozen=True)
class Noise(Layer):
    \"\"\"A little noise in training.\"\"\"

    def forward(self, x, out, arrays):
        if arrays.rng is None:
            return x
        return x + 0.1 * arrays.rng.standard_normal(x.shape).astype(x.dtype)

    def input_gradient(self, x, y, g, out, arrays):
        return g


@hookimpl
def framework_layers():
    return {"norm": Norm, "jitter": Noise}
"""
LAYERS = "model.layers=[{name: dense, units: 16}, norm, tanh, jitter, {name: dense, units: 3}]"
COMMAND = [
    *("data=spirals", "data.points=300", "data.held_out=100", "layer=dense_xavier"),
    *(
        "model=sequential",
        LAYERS,
        "plugins=[mine_of_network]",
        "trainer.epochs=3",
        "checkpoint=none",
    ),
    *("callbacks=none", "+callbacks.weights.name=weights"),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory):
    here = tmp_path_factory.mktemp("network")
    (here / "mine_of_network.py").write_text(MINE)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here)
        yield fw.train(*COMMAND, directory=here / "run")


def rows(count: int = 5) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((count, 2))


@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, copy.copy, lambda network: pickle.loads(pickle.dumps(network))],
    ids=["deepcopy", "copy", "pickle"],
)
def test_a_copy_is_a_network_of_its_own(run, copied):
    network, x = run.network, rows()
    before = network.logits(x)
    other = copied(network)
    np.testing.assert_array_equal(other.logits(x), before)
    arrays = other.parameters() | other.state()
    originals = network.parameters() | network.state()
    assert arrays.keys() == originals.keys()
    for name, array in arrays.items():
        assert not np.shares_memory(array, originals[name])
        np.testing.assert_array_equal(array, originals[name])
    for array in other.parameters().values():
        array[...] = 0
    np.testing.assert_array_equal(other.logits(x), np.zeros((5, 3)))
    np.testing.assert_array_equal(network.logits(x), before)
    network_draws = network.layers[3].rng.bit_generator.state
    other.layers[3].rng.random()
    assert network.layers[3].rng.bit_generator.state == network_draws
    assert other.predict(x).tolist() == [0] * 5
    assert other.count() == network.count()


def test_the_original_is_no_part_of_its_copy(run):
    network, x = copy.deepcopy(run.network), rows()
    other = copy.deepcopy(network)
    before = other.logits(x)
    for array in (network.parameters() | network.state()).values():
        array[...] = 7
    np.testing.assert_array_equal(other.logits(x), before)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_what_is_bound_to_a_network_is_not_copied(run, copied):
    for thing in (run, run.trainer, run.network.layers[0]):
        with pytest.raises(TypeError, match="cannot be copied or pickled; a Network can"):
            copied(thing)
    np.testing.assert_array_equal(
        copy.deepcopy(run.data).train.inputs, pickle.loads(pickle.dumps(run.data)).train.inputs
    )


def test_the_final_file_gives_the_figures_of_the_run(run):
    path = run.directory / "checkpoints" / "final.safetensors"
    arrays = load_file(path)
    network = copy.deepcopy(run.network)
    owned = network.parameters() | network.state()
    assert arrays.keys() == owned.keys()
    assert {"dense_1.weights", "norm_2.scale", "layer/norm_2/mean"} <= arrays.keys()
    for array in owned.values():
        array[...] = 0
    for name, array in owned.items():
        array[...] = arrays[name]
    test = run.data.test
    accuracy = float((network.predict(test.inputs) == test.targets).mean())
    assert accuracy == run.summary["figures"]["test_accuracy"]
    with safe_open(path, framework="numpy") as file:
        about = json.loads(file.metadata()["framework"])
    assert about["network"]["inputs"] == [2]
    assert about["network"]["outputs"] == [3]
    assert about["network"]["targets"] == "labels"
    assert about["network"]["dtype"] == "float32"
    assert [entry["layer"]["name"] for entry in about["network"]["layers"]] == [
        *("dense", "norm", "tanh", "jitter", "dense")
    ]
    assert about["network"]["layers"][0]["layer"]["units"] == 16
    assert about["network"]["layers"][1]["state"] == ["mean", "deviation"]
    assert about["loss"] == {"name": "softmax_cross_entropy", "smoothing": 0.0}
    assert about["components"]["layer norm"] == "mine_of_network"
    assert about["epochs"] == 3


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300, -1e39])
@pytest.mark.parametrize("method", ["predict", "logits"])
def test_inputs_that_are_not_finite_are_refused_by_row_and_feature(run, method, value):
    x = rows(2500)
    x[1700, 1] = value
    with pytest.raises(fw.DataError, match=r"row 1700, feature 1 are .*; expected finite numbers"):
        getattr(run.network, method)(x)
    x[1700, 1] = 3
    assert len(getattr(run.network, method)(x)) == 2500


def test_outputs_that_are_not_finite_are_no_answer(run):
    network = copy.deepcopy(run.network)
    network.parameters()["dense_5.weights"][...] = 3e38
    assert network.predict(np.zeros((0, 2))).shape == (0,)
    with pytest.raises(fw.DataError, match="outputs for row 0 are not finite: its inputs, up to 1"):
        network.predict(np.full((3, 2), 1.0))


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ([0.5], r"have shape \(1,\); expected shape \(N, 2\), or \(2,\) for one sample"),
        (np.zeros((3, 5)), r"have shape \(3, 5\); expected shape \(N, 2\)"),
        (np.zeros((1, 3)), r"have shape \(1, 3\); expected shape \(N, 2\)"),
        (np.zeros((2, 2), bool), r"bool of shape \(2, 2\); numbers are needed"),
        ({1.0, 2.0}, "inputs are a set; expected an array, lists or a DataFrame"),
        (np.array([[1, None]]), r"object of shape \(1, 2\); numbers are needed"),
        ([["a", "b"]], "numbers are needed"),
        ([[1, 2], [3]], "are no array"),
        (np.ma.masked_array([[1.0, 2.0]], [[True, False]]), "masked in places"),
    ],
)
def test_inputs_that_do_not_fit_are_one_line(run, inputs, said):
    with pytest.raises(fw.DataError, match=said) as caught:
        run.network.predict(inputs)
    assert "\n" not in str(caught.value)


def test_lists_one_row_and_no_rows_are_predicted(run):
    assert run.network.predict([[0.5, 0.5]]).shape == (1,)
    assert run.network.predict([[0.5, 0.5], [1, 1]]).shape == (2,)
    assert run.network.predict(np.empty((0, 2))).shape == (0,)
    assert run.network.logits(np.empty((0, 2))).shape == (0, 3)
