"""Between gradients and update: clipping, parts of a batch, and who hears of gradients."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

import framework as fw
from framework import Callback, Run, hookimpl
from framework.engine.accumulation import AccumulatedStep
from framework.engine.clipping import Clipping, global_norm
from framework.engine.network import Network
from framework.engine.plan import LayerPlan, Training
from framework.engine.propagation import Step
from framework.testing.stand_in_callbacks import Crash
from framework.testing.tiny_run import registry_with, run_in, tiny

FEATURES, BATCH, CLASSES, L2, L1, RATE = 5, 7, 3, 0.01, 0.02, 0.5


def network_of(make: Any, rule: Any = None) -> Network:
    plans = []
    for name, units, penalty in (("below", 4, ("l2", L2)), ("above", CLASSES, ("l1", L1))):
        training = Training(
            make("initializer", "xavier_normal"),
            make("regularizer", penalty[0], strength=penalty[1]),
            rule or make("update_rule", "sgd", learning_rate=RATE),
        )
        plans.append(LayerPlan(name, make("layer", "dense", units=units), training))
    plans.insert(1, LayerPlan("tanh", make("layer", "tanh"), plans[0].training))
    return Network(plans, (FEATURES,), "float64", np.random.SeedSequence(0))


def straight_step(
    p: dict[str, Any], x: Any, labels: Any, norm: float | None, value: float | None
) -> Any:
    """Take a step of gradient descent; return the losses before it."""
    h = np.tanh(x @ p["below.weights"] + p["below.bias"])
    z = h @ p["above.weights"] + p["above.bias"]
    q = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    losses = -np.log(q[np.arange(len(x)), labels])
    losses = losses + L2 * (p["below.weights"] ** 2).sum() + L1 * np.abs(p["above.weights"]).sum()
    gz = (q - np.eye(CLASSES)[labels]) / len(x)
    gh = (gz @ p["above.weights"].T) * (1 - h**2)
    g = {
        "below.weights": x.T @ gh + 2 * L2 * p["below.weights"],
        "below.bias": gh.sum(axis=0),
        "above.weights": h.T @ gz + L1 * np.sign(p["above.weights"]),
        "above.bias": gz.sum(axis=0),
    }
    if value is not None:
        g = {name: np.clip(a, -value, value) for name, a in g.items()}
    if norm is not None:
        size = np.sqrt(sum((a**2).sum() for a in g.values()))
        g = {name: a * min(1, norm / (size + 1e-6)) for name, a in g.items()}
    for name, a in g.items():
        p[name] = p[name] - RATE * a
    return losses


@pytest.mark.parametrize(
    ("norm", "value", "parts"),
    [
        *((0.2, None, 1), (None, 0.05, 1), (0.2, 0.08, 1)),
        *((None, None, 3), (None, None, 7), (0.2, 0.08, 2)),
    ],
)
def test_thirty_steps_are_the_formulas(make, norm, value, parts):
    network, loss = network_of(make), make("loss", "softmax_cross_entropy")
    expected = {name: a.copy() for name, a in network.parameters().items()}
    clipping = Clipping(norm, value)
    step = (
        AccumulatedStep(network, BATCH, loss, parts, scale=2.0, clipping=clipping)
        if parts > 1
        else Step(network, BATCH, loss, scale=2.0, clipping=clipping)
    )
    rng, losses = np.random.default_rng(0), np.empty(BATCH)
    for i in range(30):
        x, labels = rng.standard_normal((BATCH, FEATURES)), rng.integers(0, CLASSES, BATCH)
        step.inputs[...] = x
        step.run_step(i, labels, losses)
        straight = straight_step(expected, 2 * x, labels, norm, value)
        np.testing.assert_allclose(losses, straight, rtol=1e-10)
    for name, array in network.parameters().items():
        np.testing.assert_allclose(array, expected[name], rtol=1e-9, atol=1e-12)


def test_who_asks_for_nothing_keeps_the_fused_path(make):
    network, loss = network_of(make), make("loss", "softmax_cross_entropy")
    assert [bound.label for bound in Step(network, BATCH, loss).written] == ["above"]  # for L1
    assert len(Step(network, BATCH, loss).moves.calls) == 1
    assert len(Step(network, BATCH, loss, clipping=Clipping(norm=1.0)).written) == 2


def test_a_norm_whose_squares_are_too_large_for_floats():
    large = [np.full(4, 2e30, np.float32), np.zeros(3, np.float32)]
    assert global_norm(large) == pytest.approx(4e30)
    assert np.isnan(global_norm([np.array([np.inf, 1.0])]))


@dataclass(frozen=True)
class Noise(Callback):
    """Adds noise to gradients: a callback that changes training, with a generator to be kept."""

    needs_gradients: ClassVar[bool] = True
    changes_training: ClassVar[bool] = True

    def listener(self, run: Run) -> object:
        return Noisy()


class Noisy:
    def __init__(self) -> None:
        self.rng = np.random.default_rng(4)
        self.norms: list[float] = []

    @hookimpl
    def framework_gradients_ready(self, run: Run, step: int) -> None:
        assert run.trainer.steps == step == len(self.norms)
        self.norms.append(global_norm(list(run.network.gradients().values())))
        for g in run.network.gradients().values():
            g += 0.01 * self.rng.standard_normal(g.shape)

    @hookimpl
    def framework_state(self, run: Run) -> dict[str, Any]:
        return {"norms": self.norms, "rng": self.rng.bit_generator.state}

    @hookimpl
    def framework_run_resumed(self, run: Run, state: Any) -> None:
        self.norms, self.rng.bit_generator.state = list(state["norms"]), state["rng"]

    @hookimpl
    def framework_run_ended(self, run: Run) -> None:
        run.summary["norms"] = self.norms


def trained(
    folder: Any, *, crash: int = 0, dtype: str = "float32", noise: bool = False, **trainer: Any
) -> Run:
    callbacks: dict[str, Callback] = {"noise": Noise()} if noise else {}
    callbacks |= {"crash": Crash(step=crash)} if crash else {}
    registry = registry_with(*callbacks.values())
    settings = tiny(registry, (6,), 4, dtype=dtype)
    changes: dict[str, Any] = {
        "callbacks": callbacks,
        "checkpoint": dataclasses.replace(settings.checkpoint, epochs=None, steps=4),
        "trainer": dataclasses.replace(settings.trainer, **trainer),
    }
    if crash:
        with pytest.raises(KeyboardInterrupt):
            run_in(folder, registry, settings, **changes)
    run = run_in(folder, registry, settings, resume="auto" if crash else "never", **changes)
    assert not run.failures
    return run


def test_a_run_killed_anywhere_ends_with_the_same_bytes(tmp_path):
    asked: dict[str, Any] = {"clip_norm": 0.3, "clip_value": 0.1, "accumulate": 3, "noise": True}
    whole = trained(tmp_path / "whole", **asked)
    killed = trained(tmp_path / "killed", crash=10, **asked)
    assert whole.losses.tobytes() == killed.losses.tobytes()
    for name, array in whole.network.parameters().items():
        assert array.tobytes() == killed.network.parameters()[name].tobytes()
    assert whole.summary["norms"] == killed.summary["norms"]
    assert 0 < max(whole.summary["norms"]) <= 0.3 * (1 + 1e-6)


def test_a_minibatch_in_parts_is_the_same_step(tmp_path):
    whole = trained(tmp_path / "whole", dtype="float64")
    parts = trained(tmp_path / "parts", dtype="float64", accumulate=5)
    np.testing.assert_allclose(parts.losses, whole.losses, rtol=1e-10)
    for name, array in whole.network.parameters().items():
        np.testing.assert_allclose(parts.network.parameters()[name], array, rtol=1e-9, atol=1e-12)


@dataclass(frozen=True)
class Unready(Callback):
    @hookimpl
    def framework_gradients_ready(self, run: Run) -> None:
        pass


def test_gradients_that_are_not_written_down_are_not_heard_of(tmp_path):
    registry = registry_with(Unready())
    with pytest.raises(fw.PluginError, match=r"callbacks\.it .* expected needs_gradients = True"):
        run_in(tmp_path, registry, tiny(registry, (6,)), callbacks={"it": Unready()})


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("trainer.accumulate=33", "trainer: accumulate is 33, but a minibatch has 32 rows"),
        ("trainer.clip_norm=0", "trainer.clip_norm: must be greater than 0, got 0"),
        ("trainer.clip_value=-1", "trainer.clip_value: must be greater than 0, got -1"),
    ],
)
def test_what_cannot_be_is_one_line(tmp_path, override, said):
    with pytest.raises(fw.ConfigurationError) as refused:
        fw.train("data=spirals", override, directory=tmp_path / "r")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
