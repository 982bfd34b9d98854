"""What a trained network answers: activations, gradients, one sample or many, any dtype."""

from pathlib import Path

import numpy as np
import pytest

import framework as fw


class Frame:
    """A table as pandas and polars have it: columns by name, each of its own dtype."""

    def __init__(self, **columns):
        self._columns = columns
        self.columns = list(columns)

    def __getitem__(self, name):
        return self._columns[name]

    def to_numpy(self):
        return np.column_stack(list(self._columns.values()))


def train(folder: Path, name: str, inputs: np.ndarray, targets: np.ndarray, *more: str) -> fw.Run:
    np.savez(folder / f"{name}.npz", inputs=inputs, targets=targets)
    return fw.train(
        *("data=npz", f"data.path={folder / f'{name}.npz'}", "trainer.epochs=2", "dtype=float64"),
        *("model=mlp", "model.hidden=[6,5]", "layer=dense_xavier", "callbacks=none"),
        *("+callbacks.weights.name=weights", "trainer.batch_size=10", *more),
        directory=folder / name,
    )


@pytest.fixture(scope="module")
def bytes_run(tmp_path_factory):
    """Pictures of bytes, scaled, then standardized."""
    rng = np.random.default_rng(0)
    inputs = rng.integers(0, 256, (120, 3, 4)).astype(np.uint8)
    targets = rng.integers(0, 3, 120)
    more = ("data.scale=0.01", "data.transforms=[standardize]", "layer.update_rule.name=sgd")
    return train(tmp_path_factory.mktemp("bytes"), "run", inputs, targets, *more), inputs


@pytest.fixture(scope="module")
def values_run(tmp_path_factory):
    rng = np.random.default_rng(1)
    inputs = rng.uniform(0, 1, (120, 4))
    targets = np.stack([inputs.sum(axis=1), inputs[:, 0] * 5], axis=1)
    folder = tmp_path_factory.mktemp("values")
    return train(folder, "run", inputs, targets, "loss=mean_squared_error"), inputs


def differences(f, x: np.ndarray, step: float) -> np.ndarray:
    """Central differences of a function of each row, by each of a row's numbers."""
    gradient = np.empty(x.shape)
    for i in np.ndindex(x.shape[1:]):
        above, below = x.copy(), x.copy()
        above[(slice(None), *i)] += step
        below[(slice(None), *i)] -= step
        gradient[(slice(None), *i)] = (f(above) - f(below)) / (2 * step)
    return gradient


@pytest.mark.parametrize("loaded", [False, True])
def test_input_gradients_are_those_of_differences(bytes_run, loaded):
    run, inputs = bytes_run
    network = fw.load(run.directory) if loaded else run.network
    x = inputs[:7].reshape(7, 12).astype(np.float64)
    for output in range(3):
        expected = differences(lambda x, k=output: network.logits(x)[:, k], x, 1e-3)
        np.testing.assert_allclose(network.input_gradient(x, output), expected, atol=1e-8)
    largest = network.logits(x).argmax(axis=1)
    expected = differences(lambda x: network.logits(x)[np.arange(7), largest], x, 1e-3)
    np.testing.assert_allclose(network.input_gradient(x), expected, atol=1e-8)
    labels = np.array([0, 1, 2, 0, 1, 2, 0])

    def loss(x):
        return -np.log(network.probabilities(x)[np.arange(7), labels])

    gradient = network.input_gradient(x, targets=labels)
    np.testing.assert_allclose(gradient, differences(loss, x, 1e-3), atol=1e-8)
    np.testing.assert_allclose(network.input_gradient(x[2], targets=2), gradient[2], atol=1e-12)


def test_input_gradients_of_values(values_run):
    run, inputs = values_run
    network, x = run.network, inputs[:5]
    targets = np.ones((5, 2))

    def loss(x):
        return 0.5 * ((network.predict(x) - targets) ** 2).sum(axis=1)

    measured = network.input_gradient(x, targets=targets)
    expected = differences(loss, x, 1e-6)
    ratio = expected / measured  # whichever mean the loss takes over the columns
    np.testing.assert_allclose(ratio, ratio[0, 0], rtol=1e-5)
    with pytest.raises(fw.DataError, match=r"which of 2 outputs\? expected output=0 to 1"):
        network.input_gradient(x)


def test_activations_are_those_of_each_layer_by_its_label(bytes_run):
    run, inputs = bytes_run
    network, x = run.network, inputs[:4].reshape(4, 12)
    made = network.activations(x)
    assert list(made) == [
        *("data.standardize", "hidden_1", "hidden_1.relu", "hidden_2", "hidden_2.relu", "output")
    ]
    state, weights = network.state(), network.parameters()
    y = 0.01 * x - state["layer/data.standardize/mean"]
    y = y / state["layer/data.standardize/deviation"]
    np.testing.assert_allclose(made["data.standardize"], y, atol=1e-12)
    for label in ("hidden_1", "hidden_2", "output"):
        y = y @ weights[f"{label}.weights"] + weights[f"{label}.bias"]
        np.testing.assert_allclose(made[label], y, atol=1e-12)
        y = np.maximum(y, 0)
    np.testing.assert_array_equal(made["output"], network.logits(x))
    assert network.activations(x[0])["hidden_2"].shape == (5,)


def test_one_sample_is_answered_as_one(bytes_run, values_run):
    run, inputs = bytes_run
    network = run.network
    flat = inputs.reshape(-1, 12)
    classes, probabilities = network.predict(flat), network.probabilities(flat)
    for sample in (inputs[5], flat[5], flat[5].tolist()):  # a picture, flat, a list
        assert network.predict(sample) == classes[5]
        np.testing.assert_allclose(network.probabilities(sample), probabilities[5], atol=1e-12)
        assert network.logits(sample).shape == (3,)
    assert network.input_gradient(inputs[5]).shape == (12,)
    values, x = values_run
    assert values.network.predict(x[0]).shape == (2,)
    np.testing.assert_array_equal(values.network.predict(x), values.network.logits(x))


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int64", "uint64", "float16", "float64"])
def test_a_number_means_what_it_meant_in_training_in_any_dtype(bytes_run, dtype):
    run, inputs = bytes_run
    x = inputs.reshape(-1, 12)
    np.testing.assert_array_equal(run.network.logits(x.astype(dtype)), run.network.logits(x))


def test_bytes_and_floats_are_told_apart_by_what_was_trained_on(bytes_run, values_run):
    run, inputs = bytes_run
    assert run.network.trained_on.dtype == "uint8"
    for network in (run.network, fw.load(run.directory), fw.load(run.directory, "last")):
        with pytest.raises(
            fw.DataError, match=r"float64 from 0 to 1, and .* trained on uint8 from"
        ):
            network.predict(inputs / 255)
    assert run.network.predict(np.zeros((2, 12))).shape == (2,)  # black in either unit
    values, x = values_run
    with pytest.raises(fw.DataError, match=r"uint8 .*trained on float64 from .*inputs / 255"):
        values.network.predict((x * 255).astype(np.uint8))
    assert values.network.predict(np.ones((1, 4), np.uint8)).shape == (1, 2)


def test_tables_and_what_is_missing_in_them(values_run):
    run, x = values_run
    columns = {name: x[:3, i] for i, name in enumerate("abcd")}
    np.testing.assert_array_equal(run.network.predict(Frame(**columns)), run.network.predict(x[:3]))
    columns["c"] = np.array([1, 2, 3], dtype=object)
    assert run.network.predict(Frame(**columns)).shape == (3, 2)
    columns["c"] = np.array([1.0, None, 3], dtype=object)
    with pytest.raises(fw.DataError, match="row 1, feature 2 are nan"):
        run.network.predict(Frame(**columns))
    answers = run.network.predict(Frame(**columns), allow_nonfinite=True)
    assert np.isnan(answers).any(axis=1).tolist() == [False, True, False]
    columns["c"] = np.array(["x", "y", "z"], dtype=object)
    with pytest.raises(fw.DataError, match="column 'c' has 'x' in row 0; expected numbers"):
        run.network.predict(Frame(**columns))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"output": 3}, "output=3: there is none; expected 0 to 2"),
        ({"output": "one"}, "output='one': expected an integer"),
        ({"targets": [0, 1, 3]}, r"expected labels \(3,\), integers from 0 to 2"),
        ({"targets": [0, 1]}, r"int64 of shape \(2,\); expected labels \(3,\)"),
        ({"targets": [0, 1, 2], "output": 1}, "output and targets: expected one of them"),
    ],
)
def test_gradients_of_nothing_are_one_line(bytes_run, arguments, said):
    run, inputs = bytes_run
    with pytest.raises(fw.DataError, match=said):
        run.network.input_gradient(inputs[:3], **arguments)
