"""Training that leaves the finite numbers is stopped in the step where it does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import framework as fw
from framework.errors import DivergenceError
from framework.runs import checkpoint_file
from framework.runs.choose_checkpoint import checkpoints
from tests.end_to_end.command import framework

RUN = ("data=spirals", "callbacks=none", "trainer.epochs=4", "model.hidden=[8]")

FAST = ("model.hidden=[100,200]", "layer.update_rule.learning_rate=1e6")
BREAKS = (
    "plugins=[breaking]",
    "layer/update_rule=breaks",
)

PLUGIN = """
from dataclasses import dataclass
import numpy as np
from framework import Callback, Layer, UpdateRule, hookimpl, hyperparameter

@dataclass(frozen=True)
class Logarithm(Layer):
    '''Y = log X, wrongly.'''
    def forward(self, x, out, arrays):
        return np.log(x)
    def input_gradient(self, x, y, g, out, arrays):
        return g / x

@dataclass(frozen=True)
class OverItsInput(Logarithm):
    '''The same, written over what the layer below gave.'''
    in_place = True

@dataclass(frozen=True)
class Breaks(UpdateRule):
    '''Gives one infinite parameter in one step, which a later relu hides from the loss.'''
    at: int = hyperparameter(50, 'the step')
    value: float = hyperparameter(1.0, 'times infinity')
    def step(self, step, p, g, state, scratch):
        p -= 0.01 * g
        if step == self.at:
            p[0] = self.value * np.inf

@dataclass(frozen=True)
class Spoils(Callback):
    '''Writes into the parameters.'''
    @hookimpl
    def framework_step_ended(self, run, step):
        if step == 70:
            run.network.parameters()['output.bias'][...] = np.nan

@hookimpl
def framework_layers():
    return {'logarithm': Logarithm, 'over_its_input': OverItsInput}

@hookimpl
def framework_update_rules():
    return {'breaks': Breaks}

@hookimpl
def framework_callbacks():
    return {'spoils': Spoils}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "breaking.py").write_text(PLUGIN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def first_bad_step(*overrides: str) -> int:
    """Take every step apart and look at everything after it: slow, and sure."""
    from framework.configuration import compose
    from framework.runs.builder import build
    from framework.settings.settings import read_settings

    workspace = compose.prepare([o for o in overrides if "plugins" in o])
    cfg, _ = compose.compose_one(workspace.with_overrides([*overrides, "hydra.run.dir=."]))
    registry = workspace.registry
    settings = read_settings(compose.plain(cfg), registry)
    parts = build(settings, registry)
    network, trainer = parts.network, parts.trainer
    number = 0
    with np.errstate(all="ignore"):
        while True:
            batches = trainer.minibatches.batches(trainer.minibatches.order(trainer._rng))
            for _ in range(trainer.minibatches.steps):
                (loss,) = trainer._take_steps(batches, 1)
                parameters = network.parameters().values()
                if not (np.isfinite(loss) and all(np.isfinite(p).all() for p in parameters)):
                    return number
                number += 1


CASES = {
    "a rate far too large": (
        [*FAST],
        ["learning rate that is too large", "SGD(learning_rate=1000000.0)"],
    ),
    "a rate a little too large": (
        [
            *("layer=dense_xavier", "layer.update_rule.learning_rate=3"),
            *("model.hidden=[50,50,50]", "model.activation=identity"),
        ],
        ["learning rate that is too large", "SGD(learning_rate=3"],
    ),
    "rmsprop": (
        ["layer/update_rule=rmsprop", "layer.update_rule.learning_rate=1e25"],
        ["learning rate that is too large", "RMSProp(learning_rate=1e+25"],
    ),
    "first weights": (
        ["layer.initializer.deviation=1e30", "model.hidden=[8,8]"],
        ["step 0 (epoch 1)", "first weights or inputs that are too large"],
    ),
    "a layer's formula": (
        ["plugins=[breaking]", "model.activation=logarithm"],
        ["step 0 (epoch 1)", "outputs of layer 'hidden_1.logarithm'", "its formula"],
    ),
    "a layer's formula, in place": (
        ["plugins=[breaking]", "model.activation=over_its_input"],
        ["step 0 (epoch 1)", "outputs of layer 'hidden_1.over_its_input'", "its formula"],
    ),
    "a parameter": (
        [*BREAKS],
        ["step 50 (epoch 1)", "parameters of layer"],
    ),
    "a parameter that no loss shows": (
        [
            *(*BREAKS, "layer.update_rule.at=200", "layer.update_rule.value=-1"),
            *("data.points=900", "trainer.epochs=20"),
        ],
        ["step 200 (epoch 8)", "parameters of layer"],
    ),
}


@pytest.mark.parametrize(("overrides", "words"), CASES.values(), ids=CASES.keys())
@pytest.mark.sampled(3)
def test_the_very_step_the_layer_and_the_cause(folder, overrides, words):
    overrides = [*RUN, *overrides]
    with pytest.raises(DivergenceError) as error:
        fw.train(*overrides, directory="run")
    line = str(error.value)
    assert len(line.splitlines()) == 1
    for word in words:
        assert word in line
    step = first_bad_step(*overrides)
    assert line.startswith(f"step {step} (")
    kept = checkpoint_file.read(checkpoints(folder / "run")[0])
    assert kept.about["position"]["steps"] == step
    assert all(np.isfinite(array).all() for array in kept.arrays.values() if array.size)


def test_the_network_is_left_as_it_was_before(folder):
    """What a callback of the failed run sees is the state before the step."""
    with pytest.raises(DivergenceError, match="step 50"):
        fw.train(*RUN, *BREAKS, directory="run")
    losses = checkpoint_file.read(checkpoints(folder / "run")[0]).arrays["run/losses"]
    assert losses.shape == (50,)
    assert np.isfinite(losses).all()


def test_a_callback_that_spoils_the_parameters_is_suspected(folder):
    with pytest.raises(DivergenceError, match="a callback seems to have changed them"):
        fw.train(*RUN, "plugins=[breaking]", "+callbacks.x.name=spoils", directory="run")


def test_the_command_line_says_it_in_one_line(tmp_path):
    done = framework(*RUN, *FAST, cwd=tmp_path)
    assert done.returncode == 1
    line = done.stderr.splitlines()[-1]
    assert line.startswith("error: step ")
    assert "are not finite" in line


@pytest.mark.slow
def test_in_a_sweep_the_others_go_on(tmp_path):
    done = framework(
        "-m",
        *RUN,
        "model.hidden=[100,200]",
        "layer.update_rule.learning_rate=0.1,1e6,0.2",
        "hydra.sweep.dir=sweep",
        cwd=tmp_path,
    )
    assert done.returncode == 1
    assert [json.loads(p.read_text())["epochs"] for p in tmp_path.rglob("summary.json")] == [4, 4]
    assert "job 1" in done.stderr
    assert "error: step" in done.stderr


def test_resuming_a_run_that_diverged_diverges_in_the_same_step(folder):
    with pytest.raises(DivergenceError):
        fw.train(*RUN, *FAST, directory="run")
    kept = checkpoints(folder / "run")[0]
    steps = checkpoint_file.read(kept).about["position"]["steps"]
    assert steps > 0
    with pytest.raises(DivergenceError, match=f"step {steps} "):
        fw.resume("run")


def test_without_what_broke_it_a_run_goes_on_from_the_step_before(folder):
    with pytest.raises(DivergenceError, match="step 50 "):
        fw.train(*RUN, *BREAKS, directory="run")
    before = checkpoint_file.read(checkpoints(folder / "run")[0]).arrays["run/losses"]
    mended = (*RUN, *BREAKS, "layer.update_rule.at=9999", "trainer.resume=changed")
    run = fw.train(*mended, directory="run")
    assert run.losses.shape == (4 * 93,)
    assert np.all(np.isfinite(run.losses))
    assert np.array_equal(run.losses[:50], before)
