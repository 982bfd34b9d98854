"""`arrays.step`: what layers, losses and regularizers know of time, through a resume as well."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import framework as fw
from framework import Layer, Loss, Regularizer, Run, Scalar, Schedule, hyperparameter, value
from framework.engine.plan import LayerPlan
from framework.runs.load import load_network
from framework.testing import stand_ins
from framework.testing.stand_in_callbacks import Crash
from framework.testing.tiny_run import registry_with, run_in, tiny, trained_by
from framework.training import background, epoch_evaluation


@dataclass(frozen=True)
class Rising(Schedule):
    """Another number for every step."""

    def at(self, step: int) -> float:
        return 0.01 * (1 + step)


@dataclass(frozen=True)
class Leaky(Layer):
    """Its slope below 0 is another at every step."""

    slope: Scalar = hyperparameter(0.1, "slope")

    def forward(self, x, out, arrays):
        return np.where(x > 0, x, value(self.slope, arrays.step) * x)

    def input_gradient(self, x, y, g, out, arrays):
        return np.where(x > 0, g, value(self.slope, arrays.step) * g)


@dataclass(frozen=True)
class Scaled(Loss):
    """Squares of outputs, times a number that is another at every step."""

    factor: Scalar = hyperparameter(1.0, "factor")

    def evaluate(self, z, targets, losses, gradient, arrays):
        factor = value(self.factor, arrays.step)
        losses[...] = factor * (z**2).sum(axis=1)
        if gradient is not None:
            gradient[...] = 2 * factor * z / len(z)


@dataclass(frozen=True)
class Ridge(Regularizer):
    """a Σ W², which may be fused."""

    strength: float = hyperparameter(0.1, "a")

    def penalty(self, w, scratch):
        return self.strength * float((w**2).sum())

    def add_gradient(self, w, g, scratch):
        g += 2 * self.strength * w

    def l2_coefficient(self):
        return 2 * self.strength


def trained(folder: Path, what: str, crash: int | None = None) -> Run:
    layer, loss, penalty = Leaky(Rising()), Scaled(Rising()), Ridge(Rising())  # type: ignore[arg-type]
    callbacks = {} if crash is None else {"crash": Crash(step=crash)}
    registry = registry_with(layer, loss, penalty, *callbacks.values())
    settings = tiny(registry, (6,), 4, "float64")
    plans = list(settings.layers)
    if what in ("layer", "all"):
        plans[1] = LayerPlan("leaky", layer, plans[1].training)
    changes: dict[str, Any] = {"layers": tuple(plans), "callbacks": callbacks}
    if what in ("regularizer", "all"):
        changes["layers"] = trained_by(changes["layers"], regularizer=penalty)
    if what in ("loss", "all"):
        changes["loss"] = loss
    changes["checkpoint"] = replace(settings.checkpoint, epochs=None, steps=4)
    if crash is not None:
        with pytest.raises(KeyboardInterrupt):
            run_in(folder, registry, settings, **changes)
    return run_in(folder, registry, settings, resume="auto" if crash else "never", **changes)


@pytest.mark.parametrize("crash", [10, 14])
def test_a_run_killed_anywhere_ends_with_the_same_bytes(tmp_path, crash):
    whole, killed = trained(tmp_path / "a", "all"), trained(tmp_path / "b", "all", crash)
    for array, other in zip(
        whole.network.parameters().values(), killed.network.parameters().values(), strict=True
    ):
        assert array.tobytes() == other.tobytes()
    assert whole.losses.tobytes() == killed.losses.tobytes()
    assert [dict(e.figures) for e in whole.metrics] == [dict(e.figures) for e in killed.metrics]
    assert killed.network.clock[0] == killed.trainer.steps == 28


def test_figures_know_the_steps_trained_so_far(tmp_path):
    run = trained(tmp_path, "loss")
    z = run.network.logits(run.data.test.inputs)
    expected = Rising().at(run.trainer.steps) * float((z**2).sum(axis=1).mean())
    assert run.summary["figures"]["test_loss"] == pytest.approx(expected, rel=1e-12)


@pytest.mark.skipif(not background.POSSIBLE, reason="there is no background here")
def test_so_do_those_that_are_taken_on_another_core(tmp_path, monkeypatch):
    here = trained(tmp_path / "a", "all")
    monkeypatch.setattr(epoch_evaluation, "_WORTH_A_COPY", 0)
    monkeypatch.setattr("framework.runs.runner._can_evaluate_in_background", lambda *_: True)
    there = trained(tmp_path / "b", "all")
    assert [dict(e.figures) for e in here.metrics] == [dict(e.figures) for e in there.metrics]


def test_a_penalty_follows_its_schedule(tmp_path):
    """Two steps of a linear layer by hand: W ← W − η (∂L + 2 a(t) W)."""
    network, step, x, t, losses = one_layer(Ridge(Rising()))  # type: ignore[arg-type]
    layer = network.layers[0]
    w, b = layer.views.parameters.weights.copy(), layer.views.parameters.bias.copy()
    for number in range(3):
        p = np.exp(x @ w + b)
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(4), t]) + Rising().at(number) * (w**2).sum()
        g = (p - np.eye(3)[t]) / 4
        w, b = w - 0.1 * (x.T @ g + 2 * Rising().at(number) * w), b - 0.1 * g.sum(axis=0)
        step.inputs[...] = x
        step.run_step(number, t, losses)
        np.testing.assert_allclose(losses, loss, rtol=1e-12)
        np.testing.assert_allclose(layer.views.parameters.weights, w, rtol=1e-12)
        np.testing.assert_allclose(layer.views.parameters.bias, b, rtol=1e-12, atol=1e-14)


def one_layer(regularizer: Regularizer) -> tuple[Any, ...]:
    from framework.engine.network import Network
    from framework.engine.propagation import Step

    registry = registry_with(regularizer)
    plan = trained_by(tiny(registry, (6,)).layers[-1:], regularizer=regularizer)
    network = Network(plan, (5,), "float64", np.random.SeedSequence(1))
    step = Step(network, 4, stand_ins.CrossEntropy())
    rng = np.random.default_rng(0)
    return network, step, rng.standard_normal((4, 5)), np.array([0, 1, 2, 1]), np.empty(4)


def test_a_copy_has_a_clock_of_its_own(tmp_path):
    network = one_layer(Ridge(Rising()))[0]  # type: ignore[arg-type]
    network.clock[0] = 3
    twin = copy.deepcopy(network)
    twin.clock[0] = 7
    w = np.ones((2, 2))
    assert network.layers[0].regularizer.penalty(w, w.copy()) == pytest.approx(4 * 0.04)
    assert twin.layers[0].regularizer.penalty(w, w.copy()) == pytest.approx(4 * 0.08)


@pytest.mark.parametrize("which", ["last", "final"])
def test_a_loaded_network_knows_how_long_it_was_trained(tmp_path, which, monkeypatch):
    run = trained(tmp_path / "run", "layer")
    if which == "final":
        from framework.runs.network_file import write_network

        write_network(run, tmp_path / "run" / "checkpoints" / "final.safetensors")
    registry = registry_with(Leaky(), Rising())
    loaded = load_network(tmp_path / "run", which, registry)
    x = run.data.test.inputs
    np.testing.assert_array_equal(loaded.logits(x), run.network.logits(x))
    assert loaded.clock[0] == 28


def test_nobody_else_has_a_slower_regularizer(tmp_path):
    network = one_layer(Ridge(0.1))[0]
    assert type(network.layers[0].regularizer) is Ridge


def test_a_strength_may_be_a_schedule_from_the_command_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    quick = (
        *("data=spirals", "data.points=120", "trainer.batch_size=24", "trainer.epochs=2"),
        *("model.hidden=[4]", "callbacks=none", "checkpoint=none", "layer=dense_xavier"),
    )
    by_schedule = fw.train(
        *quick,
        "layer/regularizer=l2",
        "layer.regularizer.strength={name: linear, first: 0.1, last: 0.1}",
        directory="a",
    )
    by_number = fw.train(
        *quick, "layer/regularizer=l2", "layer.regularizer.strength=0.1", directory="b"
    )
    np.testing.assert_allclose(by_schedule.losses, by_number.losses, rtol=1e-5)
