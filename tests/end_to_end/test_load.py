"""`framework.load`: a trained network out of its run or file, without data; what it refuses."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

import framework as fw
from framework.runs import checkpoint_file
from tests.end_to_end.test_network import LAYERS, MINE

PLUGINS = ["mine_of_load"]


def data(path: Path) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 300)
    inputs = rng.standard_normal((300, 2)) + labels[:, None]
    np.savez(path, inputs=inputs, targets=labels)
    return inputs, labels


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory):
    """A run whose data are gone, and its network's logits for some inputs."""
    here = tmp_path_factory.mktemp("load")
    (here / "mine_of_load.py").write_text(MINE)
    inputs, _ = data(here / "data.npz")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here)
        run = fw.train(
            *("data=npz", f"data.path={here / 'data.npz'}", "data.scale=0.5", "layer=dense_xavier"),
            *("model=sequential", LAYERS, "plugins=[mine_of_load]", "trainer.epochs=4"),
            *("layer.regularizer.name=l2", "layer/update_rule=sgd_1e-2", "checkpoint.keep=9"),
            directory=here / "run",
        )
        (here / "data.npz").unlink()
        yield run, inputs


def changed(run: fw.Run, to: Path, **about: object) -> Path:
    """Write a run's final file again with something else in its header."""
    content = checkpoint_file.read(run.directory / "checkpoints" / "final.safetensors")
    said = {k: v for k, v in content.about.items() if k not in ("format", "sha256")}
    checkpoint_file.write(to, replace(content, about=said | about))
    return to


def layers(run: fw.Run) -> dict[str, Any]:
    path = run.directory / "checkpoints" / "final.safetensors"
    return dict(json.loads(json.dumps(checkpoint_file.read_about(path)["network"])))


@pytest.mark.parametrize("which", ["final", "last"])
def test_the_network_of_a_run_is_loaded_without_its_data(trained, which):
    run, inputs = trained
    network = fw.load(run.directory, which, plugins=PLUGINS)
    np.testing.assert_array_equal(network.logits(inputs), run.network.logits(inputs))
    np.testing.assert_array_equal(network.predict(inputs), run.network.predict(inputs))
    assert network.state().keys() == run.network.state().keys()
    assert network.count() == run.network.count()


def test_a_file_alone_is_enough(trained, tmp_path):
    run, inputs = trained
    file = tmp_path / "mine.safetensors"
    file.write_bytes((run.directory / "checkpoints" / "final.safetensors").read_bytes())
    network = fw.load(file, plugins=PLUGINS)
    np.testing.assert_array_equal(network.logits(inputs), run.network.logits(inputs))


def test_the_best_network_is_that_of_the_best_epoch(trained):
    run, _ = trained
    best = run.best
    assert best is not None
    network = fw.load(run.directory, "best", plugins=PLUGINS)
    split = run.data.validation
    accuracy = float((network.predict(split.inputs) == split.targets).mean())
    assert accuracy == best.figures["validation_accuracy"]


def test_a_checkpoint_of_before_is_loaded_by_its_configuration(trained, tmp_path):
    run, inputs = trained
    newest = max((run.directory / "checkpoints").glob("step-*"))
    content = checkpoint_file.read(newest)
    said = {
        k: v for k, v in content.about.items() if k not in ("format", "sha256", "network", "loss")
    }
    checkpoint_file.write(tmp_path / "old.safetensors", replace(content, about=said))
    network = fw.load(tmp_path / "old.safetensors", plugins=PLUGINS)
    np.testing.assert_array_equal(network.logits(inputs), run.network.logits(inputs))


def test_a_final_file_of_before_is_loaded(trained, tmp_path):
    """It had a layer's fields beside its label."""
    run, inputs = trained
    node = layers(run)
    for layer in node["layers"]:
        layer |= layer.pop("layer")
        del layer["kind"]
    network = fw.load(changed(run, tmp_path / "f", network=node), plugins=PLUGINS)
    np.testing.assert_array_equal(network.logits(inputs), run.network.logits(inputs))


def test_a_component_that_is_not_there_is_one_line(trained, tmp_path):
    run, _ = trained
    with pytest.raises(fw.RunError) as caught:
        fw.load(run.directory)
    said = str(caught.value)
    assert "there is no layer 'norm'" in said
    assert "framework.load(…, plugins=['mine_of_load'])" in said
    assert "\n" not in said
    node = layers(run)
    node["layers"][2]["layer"]["name"] = "tanhh"
    with pytest.raises(fw.RunError, match="did you mean 'tanh'"):
        fw.load(changed(run, tmp_path / "f", network=node), plugins=PLUGINS)


def other_unit(node: dict[str, Any]) -> None:
    node["layers"][0]["layer"]["units"] = 17


def vast(node: dict[str, Any]) -> None:
    node["layers"][0]["layer"]["units"] = 10**12


def negative(node: dict[str, Any]) -> None:
    node["layers"][0]["layer"]["units"] = -1


def wide(node: dict[str, Any]) -> None:
    node["inputs"] = [10**12]


def other_rank(node: dict[str, Any]) -> None:
    node["inputs"] = [2, 1]


def unlabelled(node: dict[str, Any]) -> None:
    del node["layers"][0]["label"]


def other_key(node: dict[str, Any]) -> None:
    node["layers"][0]["layer"]["_target_"] = "os.system"


def other_dtype(node: dict[str, Any]) -> None:
    node["dtype"] = "float16"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (other_unit, r"has 'dense_1\.\w+' of float32 .*; its network's is float32 \[.*17\]|larger"),
        (vast, "layer 'dense_1' is larger than what the file holds"),
        (negative, "layer 'dense_1'.units: must be at least 1, got -1"),
        (wide, "inputs: expected the sizes of a sample"),
        (other_rank, "layer 'dense_1' does not accept .*dense takes flat samples"),
        (unlabelled, "has no label for layer 1"),
        (other_key, "layer 'dense_1'._target_: layer 'dense' has no such key"),
        (other_dtype, "dtype: must be one of float32, float64"),
    ],
)
def test_a_header_that_is_not_right_is_one_line(trained, tmp_path, change, said):
    run, _ = trained
    node = layers(run)
    change(node)
    path = changed(run, tmp_path / "f", network=node)
    with pytest.raises(fw.RunError, match=said) as caught:
        fw.load(path, plugins=PLUGINS)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


FORM = {"dtype": "float64", "lowest": 0, "largest": 1}


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (3, "trained_on: expected a mapping, got 3"),
        (
            {**FORM, "dtype": "object"},
            r"trained_on\.dtype: expected a type of numbers, got",
        ),
        ({**FORM, "column_names": ["a"]}, "trained_on: 1 columns are named, inputs have 2"),
        ({**FORM, "column_names": ["a", "a"]}, "trained_on: two columns are called 'a'"),
        ({**FORM, "column_names": "ab"}, r"trained_on\.column_names: expected a list"),
        ({**FORM, "class_names": [1]}, r"trained_on\.class_names\[0\]: expected a string, got 1"),
        ({**FORM, "pickle": "x"}, r"trained_on\.pickle: what a network is trained on has no such"),
        ({**FORM, "largest": "many"}, r"trained_on\.largest: expected a number"),
    ],
)
def test_a_form_of_data_that_is_not_right_is_one_line(trained, tmp_path, form, said):
    run, _ = trained
    path = changed(run, tmp_path / "f", trained_on=form)
    with pytest.raises(fw.RunError, match=said) as caught:
        fw.load(path, plugins=PLUGINS)
    assert "\n" not in str(caught.value)


def test_a_file_from_before_does_not_say_what_it_was_trained_on(trained, tmp_path):
    run, inputs = trained
    network = fw.load(changed(run, tmp_path / "f", trained_on=None), plugins=PLUGINS)
    assert network.trained_on is None
    assert network.class_names == ()
    np.testing.assert_array_equal(network.logits(inputs), run.network.logits(inputs))


def test_damage_is_one_line(trained, tmp_path):
    run, _ = trained
    content = bytearray((run.directory / "checkpoints" / "final.safetensors").read_bytes())
    content[-3] ^= 1
    path = tmp_path / "f"
    path.write_bytes(content)
    with pytest.raises(fw.RunError, match="is damaged: its checksum does not match"):
        fw.load(path)
    save_file({"a": np.zeros(3)}, path)
    with pytest.raises(fw.RunError, match="no checkpoint: its header does not say what"):
        fw.load(path)


def test_what_is_not_there_is_said(trained, tmp_path):
    run, _ = trained
    with pytest.raises(fw.RunError, match="there is no such run or file"):
        fw.load(tmp_path / "none")
    with pytest.raises(fw.RunError, match=r"there is no checkpoints/final\.safetensors"):
        fw.load(tmp_path)
    with pytest.raises(fw.RunError, match="there is no checkpoint in it"):
        fw.load(tmp_path, "best")
    with pytest.raises(fw.ConfigurationError, match="which: got 'bset'; did you mean 'best'"):
        fw.load(tmp_path, "bset")  # type: ignore[arg-type]
    with pytest.raises(fw.ConfigurationError, match="is a file; which='best' is asked of"):
        fw.load(run.directory / "checkpoints" / "final.safetensors", "best")


def test_what_is_no_path_is_one_line():
    with pytest.raises(fw.ConfigurationError, match="path: expected a run's directory or a file"):
        fw.load(7)  # type: ignore[arg-type]
