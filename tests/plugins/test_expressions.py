"""Every built-in layer, join and loss as other programs get it, beside what the network says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framework import (
    Array,
    Expression,
    Initializer,
    Layer,
    Loss,
    Regularizer,
    loss_gradients,
    network_expression,
)
from framework.components.data_form import DataForm
from framework.engine.network import Network
from framework.engine.plan import LayerPlan, Training
from framework.registry.registry import Registry
from framework.testing.bound_layer import inputs, samples
from framework.testing.example_batches import columns_of, evaluate, outputs, targets
from framework.testing.example_values import values_of

ROWS = 6
LAYERS: dict[str, type[Any]] = import_module("framework.plugins").framework_layers()
LOSSES: dict[str, type[Any]] = import_module("framework.plugins").framework_losses()
write_numpy = import_module("framework.plugins.exports.numpy_file").write_numpy
write_onnx = import_module("framework.plugins.exports.onnx_file").write_onnx
write_torch = import_module("framework.plugins.exports.torch_files").write_torch


class Drawn(Initializer):
    def draw(self, rng: np.random.Generator, shape: Any) -> Array:
        return np.asarray(0.5 * rng.standard_normal(shape))


def network_of(
    layers: Sequence[Layer], sample: tuple[int, ...], dtype: str, loss: Loss | None = None, **more
) -> Network:
    """Make a network whose parameters and state are numbers that a trained one may have."""
    training = Training(Drawn(), Regularizer(), None)
    plans = [LayerPlan(f"layer_{i}", layer, training) for i, layer in enumerate(layers)]
    network = Network(plans, sample, dtype, np.random.SeedSequence(0), loss=loss, **more)
    rng = np.random.default_rng(3)
    for bound in network.layers:
        for array in [*vars(bound.state).values(), *vars(bound.views.parameters).values()]:
            array[...] = rng.uniform(0.2, 1.5, array.shape)
    return network


def in_python(network: Network, folder: Path) -> dict[str, Any]:
    """Export a network as a file of Python; return what there is in it."""
    write_numpy(network, network_expression(network), folder)
    text = (folder / "network.py").read_text()
    names: dict[str, Any] = {"__file__": str(folder / "network.py"), "__name__": "network"}
    exec(compile(text, "network.py", "exec"), names)  # the test's own export
    return names


def assert_equal(made: Any, wanted: Any, dtype: str) -> None:
    limit = {"float64": 1e-12, "float32": 2e-5}[dtype]
    assert (made.dtype, made.shape) == (wanted.dtype, wanted.shape)
    np.testing.assert_allclose(made, wanted, rtol=limit, atol=limit)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_in_numpy(name, tmp_path):
    for number, layer in enumerate(values_of(LAYERS[name])):
        shape = samples(layer)[0]
        x = inputs(layer, shape, ROWS, 1)
        for dtype in ("float64", "float32"):
            network = network_of([layer], shape, dtype)
            folder = tmp_path / f"{number}{dtype}"
            folder.mkdir()
            assert_equal(in_python(network, folder)["logits"](x), network.logits(x), dtype)


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_in_numpy(name, tmp_path):
    for number, loss in enumerate(values_of(LOSSES[name])):
        columns = columns_of(loss)[0]
        z, t = outputs(loss, ROWS, columns=columns), targets(loss, ROWS, columns=columns)
        network = network_of([LAYERS["identity"]()], z.shape[1:], "float64", loss)
        folder = tmp_path / str(number)
        folder.mkdir()
        names = in_python(network, folder)
        assert_equal(names["losses"](z, t), evaluate(loss, z, t)[0], "float64")
        assert_equal(names["predict"](z), network.predict(z), "float64")
        if loss.probabilities(z) is not None:
            assert_equal(names["probabilities"](z), network.probabilities(z), "float64")


@dataclass(frozen=True)
class Winner(Layer):
    """Keep the largest of each sample and set all else to its half: operations no layer has."""

    def forward(self, x: Array, out: Array, arrays: Any) -> Array:
        return np.where(x == x.max(axis=1, keepdims=True), x, x.max(axis=1, keepdims=True) / 2)

    def expression(self, x: Expression, arrays: Any, inputs: Any) -> Expression:
        winner = x.argmax()
        return x.is_label(winner).where(x, x.pick(winner).reshape(1) / 2)


@pytest.mark.sampled(6)
@pytest.mark.parametrize("name", [*LAYERS, "winner"])
def test_a_layer_in_onnx(name, tmp_path):
    """What writes it has onnxruntime compare 64 samples."""
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    layers: list[Any] = [Winner()] if name == "winner" else values_of(LAYERS[name])
    for layer in layers:
        shape, form = samples(layer)[0], DataForm("float64", -1, 1)
        if name == "embedding":
            form = DataForm("int64", 0, layer.rows - 1)
        if name == "feature_columns":
            form = DataForm("int64", 0, min([1, *(size - 1 for size in layer.sizes)]))
        for dtype in ("float32", "float64"):
            network = network_of([layer, LAYERS["flatten"]()], shape, dtype, trained_on=form)
            _, checked = write_onnx(network, network_expression(network), tmp_path)
            assert "run by onnxruntime" in checked


@pytest.mark.slow
@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_in_onnx(name, tmp_path):
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    for loss in values_of(LOSSES[name]):
        z = outputs(loss, ROWS, columns=columns_of(loss)[0])
        network = network_of([LAYERS["identity"]()], z.shape[1:], "float64", loss)
        write_onnx(network, network_expression(network), tmp_path)
        session = runtime.InferenceSession(str(tmp_path / "network.onnx"))
        named = [output.name for output in session.get_outputs()]
        made = dict(zip(named, session.run(None, {"inputs": z}), strict=True))
        np.testing.assert_allclose(made["decisions"], network.predict(z), rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_in_torch(name, tmp_path, registry):
    """Its outputs, and the gradients of a loss behind it for what is below it and in it."""
    torch = pytest.importorskip("torch")
    for layer in values_of(LAYERS[name]):
        shape = samples(layer)[0]
        x = inputs(layer, shape, ROWS, 1)
        below = (
            []
            if name in ("embedding", "feature_columns") or len(shape) > 1
            else [LAYERS["dense"](units=shape[0])]
        )
        loss = LOSSES["mean_squared_error"]()
        network = network_of([*below, layer, LAYERS["flatten"]()], shape, "float64", loss)
        t = np.random.default_rng(2).standard_normal((ROWS, *network.outputs))
        assert_alike_in_torch(torch, network, x, t, tmp_path, registry)


@pytest.mark.slow
@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_in_torch(name, tmp_path, registry):
    torch = pytest.importorskip("torch")
    for loss in values_of(LOSSES[name]):
        columns = columns_of(loss)[0]
        z, t = outputs(loss, ROWS, columns=columns), targets(loss, ROWS, columns=columns)
        network = network_of([LAYERS["dense"](units=z.shape[1])], z.shape[1:], "float64", loss)
        assert_alike_in_torch(torch, network, z, t, tmp_path, registry)


def assert_alike_in_torch(
    torch: Any, network: Network, x: Array, t: Array, folder: Path, registry: Registry
) -> None:
    """Export a network, and compare outputs, loss and gradients for parameters."""
    write_torch(network, network_expression(network), folder, registry)
    names: dict[str, Any] = {"__file__": str(folder / "network.py"), "__name__": "network"}
    exec(compile((folder / "network.py").read_text(), "network.py", "exec"), names)
    module = names["load"]()
    inputs_, targets_ = torch.as_tensor(np.asarray(x, np.float64)), torch.as_tensor(t)
    assert_equal(module(inputs_).detach().numpy(), network.logits(x), "float64")
    np.testing.assert_allclose(module.predict(inputs_).detach().numpy(), network.predict(x))
    value, gradients = loss_gradients(network, x, t)
    mean = module.loss(inputs_, targets_)
    assert mean.item() == pytest.approx(value, rel=1e-12)
    if not gradients:
        return
    mean.backward()
    for name, parameter in module.named_parameters():
        ours = gradients[name.replace("_", ".").replace("layer.", "layer_", 1)]
        np.testing.assert_allclose(parameter.grad.numpy(), ours, rtol=1e-9, atol=1e-12)
