"""Plugins written as a third party writes them."""

from __future__ import annotations

import json
import textwrap

import numpy as np

from tests.end_to_end.command import QUICK, framework, only_run

PLUGIN = '''
"""Softsign, in the plain style, and heavy-ball momentum."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    Callback, Layer, Regularizer, Scalar, UpdateRule, fraction, hookimpl, positive, value,
)


@dataclass(frozen=True)
class Softsign(Layer):
    """Y = X / (1 + |X|)."""

    def forward(self, x, out, own):
        return x / (1 + np.abs(x))

    def input_gradient(self, x, y, g, out, own):
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
    return {"softsign": Softsign}


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
        "model.activation=softsign",
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
    assert summary["components"]["layer softsign"] == "mine"
    assert (run / "count.txt").read_text() == f"0 {8 * 93 - 1}"


def test_a_plain_layer_gives_what_a_fast_one_gives(tmp_path):
    """`return np.tanh(x)` and `np.tanh(x, out=out)` are the same layer."""
    (tmp_path / "mine.py").write_text(
        textwrap.dedent("""
        from dataclasses import dataclass
        import numpy as np
        from framework import Layer, hookimpl

        @dataclass(frozen=True)
        class PlainTanh(Layer):
            def forward(self, x, out, own):
                return np.tanh(x)

            def input_gradient(self, x, y, g, out, own):
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
    (tmp_path / "clash.py").write_text(PLUGIN.replace('"softsign": Softsign', '"relu": Softsign'))
    done = framework(*QUICK, "plugins=[clash]", cwd=tmp_path)
    assert done.returncode == 1
    assert "clash" in done.stderr
    assert "'relu'" in done.stderr
    assert "mlp-framework==" in done.stderr
