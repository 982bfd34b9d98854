"""`job=export`: what another program makes of a network is what the network says itself."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import framework as fw
from framework import app
from framework.runs import checkpoint_file

S = ("~callbacks.pictures", "trainer.batch_size=20", "trainer.epochs=2", "checkpoint=none")
X = np.random.default_rng(1).standard_normal((7, 3))
MANY = (
    "model.layers=[{name: dense, units: 6}, batch_norm, tanh, {name: dense, units: 5}, layer_norm,"
    " dropout, relu, rms_norm, sigmoid, {name: dense, units: 3}]"
)
RUNS = {
    "labels": ("data.path=labels.npz", "model=sequential", MANY, "data.transforms=[standardize]"),
    "values": ("data.path=values.npz", "loss=mean_squared_error", "dtype=float64"),
    "one": ("data.path=two.npz", "loss=binary_cross_entropy"),
    "sets": ("data.path=sets.npz", "loss=multi_label_cross_entropy", "model.activation=tanh"),
    "quantiles": ("data.path=values.npz", "loss=pinball"),
}
SILENT = """
from dataclasses import dataclass
import numpy as np
from framework import Layer, hookimpl

@dataclass(frozen=True)
class Silent(Layer):
    def forward(self, x, out, arrays):
        return np.abs(x)
    def input_gradient(self, x, y, g, out, arrays):
        return g * np.sign(x)

@hookimpl
def framework_layers():
    return {"silent": Silent}
"""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    x = np.random.default_rng(0).standard_normal((60, 3))
    forms: dict[str, np.ndarray] = {
        "labels": np.digitize(x[:, 0], [-0.5, 0.5]),
        "two": (x[:, 0] > 0).astype(np.int64),
        "values": x[:, :2] ** 2,
        "sets": (x > 0).astype(np.int64),
    }
    for name, targets in forms.items():
        np.savez(folder / f"{name}.npz", inputs=x, targets=targets)
    (folder / "silent_layers.py").write_text(SILENT)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, options in RUNS.items():
            given = () if any("model=" in option for option in options) else ("model.hidden=[8]",)
            layer = "layer=dense_xavier"
            fw.train(*S, "data=npz", layer, *given, *options, directory=folder / name)
    return folder


@pytest.fixture
def export(here, monkeypatch, capsys):
    monkeypatch.chdir(here)

    def export(*arguments: str) -> tuple[int, str, str]:
        status = app.run(["job=export", *arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return export


def made(here: Path, name: str) -> dict[str, np.ndarray]:
    """Give what a network says of some samples, by the name of an export's function."""
    network = fw.load(here / name)
    said = {"logits": network.logits(X), "predict": network.predict(X)}
    if name not in ("values", "quantiles"):
        said["probabilities"] = network.probabilities(X)
    return said


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", RUNS)
def test_numpy(here, export, name):
    """The file, imported as it is, says the same."""
    status, out, _ = export(f"run={name}", "format=numpy", f"output={name}_numpy")
    assert (status, out.splitlines()[-1][:13]) == (0, "not carried: ")
    text = (here / f"{name}_numpy/network.py").read_text()
    assert "framework" not in text
    names = {"__file__": str(here / f"{name}_numpy/network.py"), "__name__": "network"}
    exec(compile(text, "network.py", "exec"), names)  # the test's own export
    for function, expected in made(here, name).items():
        value = names[function](X)  # type: ignore[operator]
        assert value.dtype == expected.dtype, function
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6, err_msg=function)


@pytest.mark.slow
def test_numpy_in_a_process_without_the_framework(here, export):
    export("run=labels", "format=numpy", "output=alone")
    np.save(here / "x.npy", X)
    code = "import sys; sys.modules['framework'] = None; sys.argv = ['', 'x.npy'];"
    code += "import runpy; runpy.run_path('alone/network.py', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=here, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said = [int(line) for line in done.stdout.split()]
    assert said == fw.load(here / "labels").predict(X).tolist()


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", RUNS)
def test_onnx(here, export, name):
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    status, out, _ = export(f"run={name}", "format=onnx", f"output={name}_onnx")
    assert status == 0
    assert "run by onnxruntime" in out
    session = runtime.InferenceSession(str(here / f"{name}_onnx/network.onnx"))
    inputs = {"inputs": X.astype(fw.load(here / name).dtype)}
    given = dict(
        zip([o.name for o in session.get_outputs()], session.run(None, inputs), strict=True)
    )
    for function, expected in made(here, name).items():
        value = given["decisions" if function == "predict" else function]
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-5, err_msg=function)


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_torch(here, export, name):
    pytest.importorskip("torch")
    assert export(f"run={name}", "format=torch", f"output={name}_torch")[0] == 0
    folder = here / f"{name}_torch"
    code = "import network, numpy, torch; n = network.load(); x = numpy.load('../x.npy');"
    code += "numpy.savez('said', logits=n(torch.as_tensor(x)).detach().numpy(),"
    code += " predict=n.predict(torch.as_tensor(x)).detach().numpy())"
    np.save(here / "x.npy", X)
    run = [sys.executable, "-c", f"import sys; sys.modules['framework'] = None; {code}"]
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with np.load(folder / "said.npz") as said:
        for function in ("logits", "predict"):
            expected = made(here, name)[function]
            np.testing.assert_allclose(said[function], expected, rtol=1e-5, atol=1e-6)
    done = subprocess.run(
        [sys.executable, "train_both.py"], cwd=folder, capture_output=True, text=True,
        check=False, env={**os.environ},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "100 steps: the same losses and parameters" in done.stdout


def test_safetensors(here, export):
    assert export("run=labels", "format=safetensors", "output=whole")[0] == 0
    alone, network = fw.load(here / "whole/network.safetensors"), fw.load(here / "labels")
    np.testing.assert_array_equal(alone.logits(X), network.logits(X))
    assert (alone.loss, alone.trained_on) == (network.loss, network.trained_on)


@pytest.mark.slow
def test_a_table_with_categories_and_gaps(here, export, monkeypatch):
    """Columns are counted as in training, and named; what is missing is filled in."""
    kinds = ["dog", "dog", "dog", "dog", "cat", "cat", "cat"]
    rows = [f"{i % 7},{'blue' if i % 3 else 'red'},{kinds[i % 7]}" for i in range(60)]
    (here / "table.csv").write_text("\n".join(["size,colour,kind", *rows]) + "\n")
    monkeypatch.chdir(here)
    fw.train(
        *(*S, "data=csv", "data.path=table.csv", "data.target=kind", "layer=dense_xavier"),
        "data.transforms=[impute,one_hot,standardize]",
        directory=here / "table",
    )
    assert export("run=table", "format=numpy", "output=table_numpy")[0] == 0
    names: dict[str, Any] = {"__file__": str(here / "table_numpy/network.py"), "__name__": "n"}
    exec((here / "table_numpy/network.py").read_text(), names)
    assert names["COLUMNS"] == ["size", "colour"]
    assert names["CATEGORIES"] == {"colour": ["blue", "red"]}
    assert names["CLASSES"] == ["cat", "dog"]
    x = np.array([[1.0, 0], [np.nan, 1], [6, np.nan]])
    expected = fw.load(here / "table").logits(x)
    np.testing.assert_allclose(names["logits"](x), expected, rtol=1e-5)
    assert export("run=table", "format=torch", "output=table_torch")[0] == 0
    compile((here / "table_torch/train_both.py").read_text(), "train_both.py", "exec")


@pytest.mark.slow
def test_a_stranger_s_label_is_no_code(here, export):
    """A network's labels are anybody's text, and an export is a program."""
    path = here / "labels/checkpoints/final.safetensors"
    content = checkpoint_file.read(path)
    label = 'x"]; raise SystemExit("owned"); ["'
    about = json.loads(json.dumps(dict(content.about)))
    about["network"]["layers"][1]["label"] = label
    old = content.about["network"]["layers"][1]["label"]
    arrays = {name.replace(f"{old}.", f"{label}.", 1): a for name, a in content.arrays.items()}
    kept = {k: v for k, v in about.items() if k not in ("format", "sha256")}
    checkpoint_file.write(here / "odd.safetensors", checkpoint_file.Checkpoint(arrays, kept))
    for form in ("numpy", "torch"):
        status, _, err = export("run=odd.safetensors", f"format={form}", f"output=odd_{form}")
        if status:  # refused in a line is as good
            assert err.count("\n") == 1
            continue
        for path in (here / f"odd_{form}").glob("*.py"):
            tree = ast.parse(path.read_text())
            calls = [n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call)
                     and isinstance(n.func, ast.Name)]  # fmt: skip
            assert "SystemExit" not in calls


def test_a_layer_without_an_expression_is_one_line(here, export, monkeypatch):
    monkeypatch.chdir(here)
    named = "plugins=[silent_layers]"
    fw.train(
        *(*S, "data=npz", "data.path=labels.npz", named, "model.activation=silent"),
        directory=here / "silent",
    )
    status, out, err = export("run=silent", "format=numpy", "output=nothing", named)
    assert (status, out) == (1, "")
    assert "layer 'hidden_1.silent' (Silent)" in err
    assert "has no expression" in err
    assert not (here / "nothing").exists()
    assert export("run=silent", "format=safetensors", "output=some", named)[0] == 0


def test_gradients_for_parameters(here):
    """Those by hand are those of a small difference."""
    network = fw.in_dtype(fw.load(here / "sets"), "float64")
    targets = np.random.default_rng(2).integers(0, 2, (7, 3))
    _, gradients = fw.loss_gradients(network, X, targets)
    assert gradients.keys() == network.parameters().keys()
    for name, array in network.parameters().items():
        at = tuple(size - 1 for size in array.shape)
        was, losses = array[at], []
        for moved in (was + 1e-6, was - 1e-6):
            array[at] = moved
            losses.append(fw.loss_gradients(network, X, targets)[0])
        array[at] = was
        slope = (losses[0] - losses[1]) / 2e-6
        assert gradients[name][at] == pytest.approx(slope, rel=1e-5, abs=1e-9)
