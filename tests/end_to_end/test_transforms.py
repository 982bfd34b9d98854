"""`data.transforms`: fitted on the training split, kept with the network."""

from pathlib import Path

import numpy as np
import pytest

import framework as fw

BOTH = "data.transforms=[standardize,{name: gaussian_noise, deviation: 0.2}]"


def make_data(path: Path) -> np.ndarray:
    """Save three classes apart by what is small beside their features' means; return the inputs."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 400)
    inputs: np.ndarray = (
        rng.standard_normal((400, 2)) * 0.1 + labels[:, None] + np.array([1000.0, -5.0])
    )
    np.savez(path, inputs=inputs, targets=labels)
    return inputs


def train(folder: Path, name: str, *overrides: str) -> fw.Run:
    return fw.train(
        *("data=npz", f"data.path={folder / 'data.npz'}", "model.hidden=[8]", "trainer.epochs=3"),
        *("callbacks=none", "+callbacks.weights.name=weights"),
        *("layer=dense_xavier", "layer.update_rule.learning_rate=0.1", *overrides),
        directory=folder / name,
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[fw.Run, np.ndarray]:
    folder = tmp_path_factory.mktemp("transforms")
    inputs = make_data(folder / "data.npz")
    return train(folder, "run", BOTH), inputs


def test_what_is_fitted_is_of_the_training_split_alone(trained):
    run, _ = trained
    state = run.network.state()
    train_inputs = run.data.train.inputs
    np.testing.assert_allclose(
        state["layer/data.standardize/mean"], train_inputs.mean(axis=0), rtol=1e-6
    )
    np.testing.assert_allclose(
        state["layer/data.standardize/deviation"], train_inputs.std(axis=0), rtol=1e-6
    )
    assert run.summary["figures"]["test_accuracy"] > 0.8


def test_the_network_alone_takes_raw_inputs(trained):
    run, inputs = trained
    network = fw.load(run.directory)
    np.testing.assert_array_equal(network.logits(inputs), run.network.logits(inputs))
    np.testing.assert_array_equal(network.logits(inputs), network.logits(inputs))
    assert run.summary["components"]["transform standardize"].startswith("mlp-framework")
    for which in ("last", "best"):
        assert fw.load(run.directory, which).predict(inputs).shape == (400,)


def test_a_run_stopped_on_the_way_ends_with_the_same_bytes(trained, tmp_path):
    run, _ = trained
    make_data(tmp_path / "data.npz")
    train(tmp_path, "run", BOTH, "trainer.epochs=2")
    resumed = fw.resume(tmp_path / "run", "trainer.epochs=3")
    for name, array in (run.network.parameters() | run.network.state()).items():
        assert (
            array.tobytes()
            == (resumed.network.parameters() | resumed.network.state())[name].tobytes()
        )


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("[standardise]", r"data\.transforms\[0\]\.name: there is no transform 'standardise'; did"),
        (
            "[{name: gaussian_noise, deviation: -1}]",
            r"\[0\]\.deviation: must be at least 0",
        ),
        ("standardize", r"data\.transforms: expected a list"),
    ],
)
def test_what_is_no_transform_is_one_line(tmp_path, override, said):
    with pytest.raises(fw.ConfigurationError, match=said):
        fw.train("data=spirals", f"data.transforms={override}", directory=tmp_path / "run")
    assert not (tmp_path / "run").exists()
