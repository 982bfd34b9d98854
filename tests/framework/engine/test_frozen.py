"""A layer that is frozen, for some steps or all of them, stays as it is."""

import contextlib
from dataclasses import replace

import numpy as np
import pytest

import framework as fw
from framework.engine.network import Network
from framework.engine.plan import Frozen, LayerPlan, Training
from framework.engine.propagation import Step
from framework.settings.reader import Reader
from framework.settings.single_layer import read_training
from framework.testing.stand_in_callbacks import Crash
from framework.testing.tiny_run import registry_with, run_in, tiny

BATCH, THAW, STEPS = 8, 3, 7
RNG = np.random.default_rng(0)
X, T = RNG.normal(size=(STEPS, BATCH, 6)), RNG.integers(0, 3, (STEPS, BATCH))


def network(make, rule, frozen, below=(), norm=False):
    """A dense layer that is frozen for a while, an activation, a dense layer that is not."""
    training = Training(
        make("initializer", "xavier_normal"), make("regularizer", "l2", strength=0.1), rule
    )
    still = replace(training, frozen=frozen)
    hidden = [LayerPlan("hidden", make("layer", "dense", units=4), still)]
    norms = [LayerPlan("norm", make("layer", "batch_norm"), still)] if norm else []
    plans = [
        *(LayerPlan("below", layer, training) for layer in below),
        *hidden,
        *norms,
        LayerPlan("tanh", make("layer", "tanh"), still),
        LayerPlan("output", make("layer", "dense", units=3), training),
    ]
    loss = make("loss", "softmax_cross_entropy")
    return Network(plans, (6,), "float64", np.random.SeedSequence(1), loss=loss)


def train(trained, steps=STEPS, phases=(0, THAW)):
    """Take steps; yield their number after each."""
    losses = np.empty(BATCH)
    for step in range(steps):
        if step in phases:
            bound = Step(trained, BATCH, trained.loss, at=step)
        bound.fill(X[step])
        bound.run_step(step, T[step], losses)
        yield step + 1


def copied(trained):
    return {name: array.copy() for name, array in trained.parameters().items()}


def penalized(trained, step, l2=0.2):
    """The gradient of the loss and of 0.1 Σ W²."""
    _, gradients = fw.loss_gradients(trained, X[step], T[step])
    return {
        name: g + (l2 * trained.parameters()[name] if name.endswith("weights") else 0)
        for name, g in gradients.items()
    }


@pytest.mark.parametrize("clip", [False, True])
def test_adam_counts_from_where_it_begins_and_its_schedule_from_the_start(make, clip):
    rate = make("schedule", "linear", first=0.1, last=0.02, steps=8)
    rule = make("update_rule", "adam", learning_rate=rate)
    if clip:  # of the scope `network`: the norm is that of what is trained
        rule = make("update_rule", "clipped", inner=rule, largest=0.05, over="network")
    trained, other = (network(make, rule, Frozen(THAW)) for _ in range(2))
    values = other.parameters()
    means: dict[str, np.ndarray] = {}
    squares: dict[str, np.ndarray] = {}
    first = copied(other)
    for done in train(trained):
        step = done - 1
        gradients = penalized(other, step)
        moved = [n for n in gradients if n.startswith("output") or step >= THAW]
        norm = np.sqrt(sum((gradients[n] ** 2).sum() for n in moved))
        for n in moved:
            t = done if clip or n.startswith("output") else done - THAW
            g = gradients[n] * (min(1, 0.05 / (norm + 1e-6)) if clip else 1)
            means[n] = 0.9 * means.get(n, 0) + 0.1 * g
            squares[n] = 0.999 * squares.get(n, 0) + 0.001 * g**2
            root = np.sqrt(squares[n] / (1 - 0.999**t)) + 1e-8
            values[n] -= (0.1 - 0.01 * step) * means[n] / (1 - 0.9**t) / root
        for name, array in trained.parameters().items():
            np.testing.assert_allclose(array, values[name], rtol=1e-11)
            if name.startswith("hidden") and step < THAW:
                assert array.tobytes() == first[name].tobytes()


@pytest.mark.parametrize("name", ["sgd", "adamw", "lamb", "rprop", "ema", "muon"])
def test_neither_decay_nor_averages_move_it(make, name):
    trained = network(make, make("update_rule", name), Frozen(THAW))
    first = copied(trained)
    for done in train(trained):
        for parameter, array in trained.parameters().items():
            still = parameter.startswith("hidden") and done <= THAW
            assert (array.tobytes() == first[parameter].tobytes()) == still, (parameter, done)


def test_a_norm_that_is_frozen_does_what_it_does_in_inference(make):
    rule = make("update_rule", "sgd")
    trained = network(make, rule, Frozen(THAW), norm=True)
    norm = trained.layers[1]
    norm.state.running_mean[...] = 0.3
    before = {name: array.copy() for name, array in vars(norm.state).items()}
    values = copied(trained)
    for done in train(trained):
        if done == 1:
            inference = network(make, rule, Frozen(), norm=True)
            inference.layers[1].state.running_mean[...] = 0.3
            _, gradients = fw.loss_gradients(inference, X[0], T[0])
            decay = 0.2 * values["output.weights"]
            expected = values["output.weights"] - 0.1 * (gradients["output.weights"] + decay)
            np.testing.assert_allclose(trained.parameters()["output.weights"], expected, rtol=1e-9)
        same = [
            array.tobytes() == before[name].tobytes() for name, array in vars(norm.state).items()
        ]
        assert all(same) if done <= THAW else not any(same)


def test_the_way_back_ends_above_what_is_frozen(make):
    """All below a layer that is frozen for good is neither asked for gradients nor given room."""
    rule = make("update_rule", "adam")
    whole, part = network(make, rule, None), network(make, rule, Frozen())
    assert len(Step(part, BATCH, part.loss)._backward) < len(
        Step(whole, BATCH, whole.loss)._backward
    )
    for at, written in ((0, ["output"]), (THAW, ["output", "hidden"])):
        step = Step(network(make, rule, Frozen(THAW)), BATCH, whole.loss, at=at)
        assert [bound.label for bound in step.written] == written


def run(folder, crash=None, resume="never", frozen=None, **trainer):
    registry = registry_with(Crash())
    settings = tiny(registry, (6,), 3)
    first, *others = settings.layers
    plan = replace(first, training=replace(first.training, frozen=frozen))
    return run_in(
        folder,
        registry,
        settings,
        resume=resume,
        layers=(plan, *others),
        trainer=replace(settings.trainer, **trainer),
        checkpoint=replace(settings.checkpoint, epochs=None, steps=4),
        callbacks={} if crash is None else {"crash": Crash(step=crash)},
    )


@pytest.mark.parametrize("trainer", [{}, {"accumulate": 2}])
def test_a_run_thaws_within_an_epoch_and_resumes_to_the_same_bytes(tmp_path, trainer):
    frozen = Frozen(epochs=1.5)  # of 7 steps: 10
    whole = run(tmp_path / "whole", frozen=frozen, **trainer)
    free = run(tmp_path / "free", **trainer)
    assert whole.network.layers[0].frozen_until == 10
    assert whole.losses[0] == free.losses[0]
    assert whole.losses[2] != free.losses[2]
    for step in (5, 9, 11):
        place = tmp_path / f"killed_{step}"
        with contextlib.suppress(KeyboardInterrupt):
            run(place, crash=step, frozen=frozen, **trainer)
        resumed = run(place, crash=step, resume="auto", frozen=frozen, **trainer)
        assert resumed.losses.tobytes() == whole.losses.tobytes()
        for name, array in resumed.network.parameters().items():
            assert array.tobytes() == whole.network.parameters()[name].tobytes()


@pytest.mark.parametrize(
    ("node", "frozen", "line"),
    [
        (False, None, ""),
        (True, Frozen(), ""),
        ({"epochs": 2}, Frozen(epochs=2.0), ""),
        (3, None, "layer.frozen: expected true, false, or one of {epochs: 2}, {steps: 500} and"),
        ({"epoch": 2}, None, "layer.frozen.epoch: frozen has no such key; did you mean 'epochs'?"),
        ({"epochs": 2, "steps": 3}, None, "layer.frozen: expected one of steps, epochs and share"),
        ({"steps": 0}, None, "layer.frozen.steps: must be at least 1, got 0"),
    ],
)
def test_how_long_is_told_by_a_configuration(registry, node, frozen, line):
    reader = Reader(registry)
    given = {"initializer": "zeros", "regularizer": "none", "update_rule": "sgd", "frozen": node}
    training = read_training(reader, given, "layer")
    assert line in "; ".join(reader.problems)
    assert bool(line) == bool(reader.problems)
    if training is not None and not line:
        assert training.frozen == frozen
        assert (training.update_rule is None) == (node is True)
