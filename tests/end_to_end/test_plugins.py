"""Plugins written as a third party writes them."""

from __future__ import annotations

import json
import textwrap

import numpy as np
import pytest

from framework.runs import provenance
from tests.end_to_end.command import QUICK, framework, only_run

PLUGIN = '''
"""SoftKnee, in the plain style, and heavy-ball momentum."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    Callback, Layer, Regularizer, Scalar, UpdateRule, fraction, hookimpl, positive, value,
)


@dataclass(frozen=True)
class SoftKnee(Layer):
    """Y = X / (1 + |X|)."""

    def forward(self, x, out, arrays):
        return x / (1 + np.abs(x))

    def input_gradient(self, x, y, g, out, arrays):
        return g / (1 + np.abs(x)) ** 2


@dataclass(frozen=True)
class Momentum(UpdateRule):
    """v <- m v + g; p <- p - eta v."""

    learning_rate: Scalar = positive(0.05, "step size")
    momentum: float = fraction(0.9, "share of the old velocity that is kept")
    state: ClassVar = ("velocity",)

    def step(self, step, p, g, state, scratch):
        (v,) = state
        v *= self.momentum
        v += g
        p -= value(self.learning_rate, step) * v


@dataclass(frozen=True)
class Count(Callback):
    """Counts steps into a file."""

    def listener(self, run):
        return Counter()


class Counter:
    def __init__(self):
        self.steps = []

    @hookimpl
    def framework_step_ended(self, run, step, loss):
        self.steps.append(step)

    @hookimpl
    def framework_run_ended(self, run):
        (run.directory / "count.txt").write_text(f"{self.steps[0]} {self.steps[-1]}")


@hookimpl
def framework_layers():
    return {"softknee": SoftKnee}


@hookimpl
def framework_update_rules():
    return {"momentum": Momentum}


@hookimpl
def framework_callbacks():
    return {"count": Count}


@hookimpl
def framework_config_dirs():
    from pathlib import Path
    return [str(Path(__file__).parent / "my_conf")]
'''


def test_a_module_from_the_working_directory_is_a_plugin(tmp_path):
    (tmp_path / "mine.py").write_text(PLUGIN)
    yaml = tmp_path / "my_conf" / "layer" / "update_rule" / "momentum.yaml"
    yaml.parent.mkdir(parents=True)
    yaml.write_text("name: momentum\nlearning_rate: 0.05\nmomentum: 0.9\n")
    done = framework(
        "plugins=[mine]",
        "data=spirals",
        "trainer.epochs=8",
        "model.activation=softknee",
        "layer=dense_xavier",
        "layer/update_rule=momentum",
        "+callbacks.count.name=count",
        "~callbacks.pictures",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    run = only_run(tmp_path)
    summary = json.loads((run / "summary.json").read_text())
    assert summary["figures"]["validation_accuracy"] > 0.8
    assert summary["components"]["layer softknee"] == "mine"
    assert (run / "count.txt").read_text() == f"0 {8 * 93 - 1}"


@pytest.mark.slow
def test_a_plain_layer_gives_what_a_fast_one_gives(tmp_path):
    """`return np.tanh(x)` and `np.tanh(x, out=out)` are the same layer."""
    (tmp_path / "mine.py").write_text(
        textwrap.dedent("""
        from dataclasses import dataclass
        import numpy as np
        from framework import Layer, hookimpl

        @dataclass(frozen=True)
        class PlainTanh(Layer):
            def forward(self, x, out, arrays):
                return np.tanh(x)

            def input_gradient(self, x, y, g, out, arrays):
                return g * (1 - y * y)

        @hookimpl
        def framework_layers():
            return {"plain_tanh": PlainTanh}
        """)
    )
    losses = []
    for name in ("tanh", "plain_tanh"):
        done = framework(
            "plugins=[mine]",
            "data=spirals",
            "trainer.epochs=2",
            f"model.activation={name}",
            "layer=dense_xavier",
            f"hydra.run.dir={name}",
            "~callbacks.pictures",
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr
        losses.append(np.load(tmp_path / name / "losses.npy"))
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)


def test_a_broken_plugin_fails_in_one_line_when_named(tmp_path):
    (tmp_path / "broken.py").write_text("import nothing_of_this_name\n")
    done = framework(*QUICK, "plugins=[broken]", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "error: plugins: broken: ModuleNotFoundError: No module named 'nothing_of_this_name'"
        " (broken.py:1)"
    ]


def test_a_clash_names_both(tmp_path):
    (tmp_path / "my_conf").mkdir()
    (tmp_path / "clash.py").write_text(PLUGIN.replace('"softknee": SoftKnee', '"relu": SoftKnee'))
    done = framework(*QUICK, "plugins=[clash]", cwd=tmp_path)
    assert done.returncode == 1
    assert "clash" in done.stderr
    assert "'relu'" in done.stderr
    assert "mlp-framework==" in done.stderr


FAILING = '''
from dataclasses import dataclass

from framework import Callback, RunError, hookimpl, hyperparameter


@dataclass(frozen=True)
class Failing(Callback):
    """Fails in one of its events."""

    event: str = hyperparameter("step_ended", "the event in which it fails")
    meant: bool = hyperparameter(False, "whether to fail with an error for the user")

    def listener(self, run):
        if self.event == "listener":
            raise OSError("no socket")
        return Fails(self)


class Fails:
    def __init__(self, about):
        self.about = about

    def reached(self, event):
        print("heard", event)
        if self.about.event == event:
            raise RunError("the disk is full") if self.about.meant else KeyError(event)

    @hookimpl
    def framework_run_started(self, run):
        self.reached("run_started")

    @hookimpl
    def framework_epoch_started(self, epoch):
        self.reached("epoch_started")

    @hookimpl
    def framework_step_ended(self, loss, step):
        self.reached("step_ended") if step == 5 else None

    @hookimpl
    def framework_steps_ended(self, losses):
        self.reached("steps_ended")

    @hookimpl
    def framework_epoch_ended(self, record):
        self.reached("epoch_ended")

    @hookimpl
    def framework_run_ended(self, run):
        self.reached("run_ended")


@hookimpl
def framework_callbacks():
    return {"failing": Failing}
'''
EVENTS = ("run_started", "epoch_started", "step_ended", "steps_ended", "epoch_ended", "run_ended")


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.sampled(2)
def test_a_callback_that_fails_is_detached_and_the_run_goes_on(tmp_path, event):
    (tmp_path / "mine.py").write_text(FAILING)
    done = framework(
        *QUICK, "trainer.epochs=2", "plugins=[mine]", "~callbacks.pictures",
        f"+callbacks.first={{name: failing, event: {event}}}", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1
    line = f"callbacks.first (mine) failed in framework_{event}: KeyError: '{event}' (mine.py:27)"
    assert done.stderr.splitlines()[-1] == f"error: {line}"
    assert done.stderr.count(line) == 2  # when it happened, and at the end
    heard = done.stdout.splitlines()
    assert heard[-1] == f"heard {event}"
    assert heard.count(f"heard {event}") == 1
    run = only_run(tmp_path)
    summary = json.loads((run / "summary.json").read_text())
    (failed,) = summary["failed_callbacks"]
    assert failed["callback"] == "first"
    assert failed["event"] == f"framework_{event}"
    assert summary["epochs"] == 2
    assert len((run / "metrics.csv").read_text().splitlines()) == 3  # the others heard it all
    assert line in (run / "run.log").read_text()


@pytest.mark.slow
def test_a_callback_that_fails_changes_no_byte_of_the_weights(tmp_path):
    (tmp_path / "mine.py").write_text(FAILING)
    for name, event in (("whole", "never"), ("failed", "step_ended")):
        framework(
            *QUICK, "plugins=[mine]", "~callbacks.pictures", f"hydra.run.dir={name}",
            f"+callbacks.first={{name: failing, event: {event}}}", cwd=tmp_path,
        )  # fmt: skip
    whole, failed = (tmp_path / n / "checkpoints/final.safetensors" for n in ("whole", "failed"))
    assert whole.read_bytes() == failed.read_bytes()


def test_a_callback_may_end_a_run_with_a_line_for_the_user(tmp_path):
    (tmp_path / "mine.py").write_text(FAILING)
    done = framework(
        *QUICK, "plugins=[mine]", "~callbacks.pictures",
        "+callbacks.first={name: failing, event: epoch_ended, meant: true}", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "error: the disk is full"
    assert not list(tmp_path.rglob("summary.json"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((), "OSError: no socket (mine.py:"),
        (("self, loss, step", "self, lost, step"), "framework_step_ended takes 'lost'"),
        (("framework_run_started", "framework_run_start"), "did you mean 'framework_run_started'?"),
    ],
)
def test_a_callback_that_cannot_listen_stops_the_run_before_it_starts(tmp_path, change, said):
    (tmp_path / "mine.py").write_text(FAILING.replace(*change) if change else FAILING)
    event = "run_ended" if change else "listener"
    done = framework(
        *QUICK, "plugins=[mine]", f"+callbacks.first={{name: failing, event: {event}}}",
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1
    line = done.stderr.splitlines()[-1]
    assert line.startswith("error: callbacks.first (mine): ")
    assert said in line
    assert not (tmp_path / "outputs").exists()


def test_a_formula_that_fails_is_told_with_its_plugin_and_line(tmp_path):
    (tmp_path / "mine.py").write_text(PLUGIN.replace("return x / (1", "return x / 0 / (oops"))
    (tmp_path / "my_conf").mkdir()
    done = framework(
        *QUICK, "plugins=[mine]", "model.activation=softknee", "callbacks=none", cwd=tmp_path
    )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith(
        "error: layer 'softknee' (mine): NameError: name 'oops' is not defined (mi"
    )


def test_a_runs_components_can_be_checked_later(registry):
    there = registry.entry("layer", "dense").origin
    components = {
        "layer dense": str(there),
        "layer relu": f"{there.distribution}==0.0.1",
        "update_rule puma": "zoo==1.2",
    }
    assert provenance.missing(components, registry) == [
        "the update rule 'puma' of zoo==1.2 is missing"
    ]
    assert provenance.changed(components, registry) == [
        f"the layer 'relu' was of {there.distribution}==0.0.1 and is of {there} now"
    ]
