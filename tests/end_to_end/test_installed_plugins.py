"""Installed distributions: what they bring is there, and a broken one harms nobody."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.end_to_end.command import QUICK, framework, only_run
from tests.end_to_end.distributions import distribution, on_path, rule

pytestmark = [pytest.mark.slow, pytest.mark.own_process]  # processes by the dozen

BARE = (*QUICK, "callbacks=none")
HEAD = (
    "from dataclasses import dataclass\nfrom framework import *\nfrom framework import hookimpl\n"
)

FAULTS = {
    "import-error": ("import nothing_of_this_name\n", "ModuleNotFoundError: No module named"),
    "syntax": ("def f(:\n", "SyntaxError"),
    "leaves": ("import sys\nsys.exit(3)\n", "calls sys.exit (leaves.py:2)"),
    "base-exception": ("class E(BaseException): pass\nraise E('out')\n", "E: out"),
    "raises": ("1 / 0\n", "ZeroDivisionError: division by zero (raises.py:1)"),
    "signature": (
        HEAD + "@hookimpl\ndef framework_layers(registry):\n    return {}\n",
        "framework_layers takes 'registry', which the hook does not pass;"
        " expected framework_layers()",
    ),
    "unknown-hook": (
        HEAD + "@hookimpl\ndef framework_layer():\n    return {}\n",
        "'framework_layer', which is no hook; did you mean 'framework_layers'?",
    ),
    "unmarked": (
        "def framework_layers():\n    return {}\n",
        "framework_layers is not marked as a hook; write @hookimpl above it",
    ),
    "hollow": ("x = 3\n", "implements no hook and holds no YAML"),
    "no-component": (
        HEAD + "@hookimpl\ndef framework_layers():\n    return {'mine': int}\n",
        "mine: <class 'int'> is not a Layer",
    ),
    "wrong-kind": (
        rule("mine").replace("framework_update_rules", "framework_layers"),
        "is not a Layer",
    ),
    "thawed": (
        rule("mine").replace("@dataclass(frozen=True)", "@dataclass"),
        "cannot inherit non-frozen dataclass from a frozen one (thawed.py:9)",
    ),
    "undecorated": (
        rule("mine").replace("@dataclass(frozen=True)", ""),
        "Puma itself lacks @dataclass(frozen=True)",
    ),
    "bad-name": (rule("my rule"), "returned the name 'my rule'; expected lower_snake_case"),
    "takes-name": (
        rule("mine").replace("keep: float", 'name: str = "x"\n    keep: float'),
        "a field cannot be called 'name'",
    ),
    "gives-nothing": (
        HEAD + "@hookimpl\ndef framework_layers():\n    pass\n",
        "framework_layers returned None; expected name → class",
    ),
    "gives-list": (
        HEAD + "@hookimpl\ndef framework_layers():\n    return [Layer]\n",
        "expected name → class",
    ),
    "hook-raises": (
        HEAD + "@hookimpl\ndef framework_layers():\n    return {}['x']\n",
        "framework_layers raised KeyError: 'x' (hook_raises.py:6)",
    ),
    "hook-leaves": (
        HEAD + "@hookimpl\ndef framework_layers():\n    raise SystemExit\n",
        "calls sys.exit",
    ),
    "no-folder": (
        HEAD + "@hookimpl\ndef framework_config_dirs():\n    return ['/nowhere/at/all']\n",
        "framework_config_dirs returned '/nowhere/at/all': there is no such folder",
    ),
    "no-package": (
        HEAD + "@hookimpl\ndef framework_config_dirs():\n    return ['pkg://nowhere.conf']\n",
        "framework_config_dirs returned 'pkg://nowhere.conf': there is no such folder",
    ),
    "clash": (
        rule("rmsprop"),
        "brings the update rule 'rmsprop', which mlp-framework==",
    ),
    "ahead": (
        "from framework import nothing_yet\n",
        "cannot import name 'nothing_yet' from 'framework'",
    ),
    "newer": ("raise RuntimeError('imported all the same')\n", "needs mlp-framework>=99, but"),
}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory) -> tuple[Path, Path, subprocess.CompletedProcess[str]]:
    """Every fault there is, installed at once, beside a sound plugin that a run uses."""
    site = tmp_path_factory.mktemp("site")
    for name, (text, _) in FAULTS.items():
        requires = ["mlp-framework>=99"] if name == "newer" else ["mlp_framework", "numpy>=1"]
        distribution(site, name, {f"{name.replace('-', '_')}.py": text}, requires=requires)
    distribution(site, "sound", {"sound.py": rule()}, requires=["mlp-framework>=0.1"])
    cwd = tmp_path_factory.mktemp("run")
    done = framework(*BARE, "layer/update_rule=puma", cwd=cwd, env=on_path(site))
    return site, cwd, done


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_plugin_is_one_line_that_names_it(faulty, name):
    _, _, done = faulty
    said = [line for line in done.stderr.splitlines() if f" {name}==1.2 " in line]
    assert len(said) == 1, done.stderr
    assert said[0].startswith(f"plugin {name}==1.2 is left out: ")
    assert FAULTS[name][1] in said[0]


def test_everything_else_works_beside_them(faulty):
    _, cwd, done = faulty
    assert done.returncode == 0, done.stderr
    assert len(done.stderr.splitlines()) == len(FAULTS)
    summary = json.loads((only_run(cwd) / "summary.json").read_text())
    assert summary["components"]["update_rule puma"] == "sound==1.2"
    assert summary["components"]["layer dense"].startswith("mlp-framework==")


def test_a_refused_plugin_leaves_nothing_behind(faulty, tmp_path):
    """`hook-raises` and its like gave components before they failed; none is there."""
    site, _, _ = faulty
    done = framework("job=plugins", cwd=tmp_path, env=on_path(site))
    assert done.returncode == 0
    for name, (_, why) in FAULTS.items():
        (line,) = [x for x in done.stdout.splitlines() if x.startswith(f"{name}==1.2")]
        assert "is left out" in line
        assert why in line
    assert "sound==1.2" in done.stdout
    assert "mine" not in {line.split()[1] for line in done.stdout.splitlines() if line[:2] == "  "}


def test_what_a_broken_plugin_was_to_bring_says_so(tmp_path):
    site = distribution(tmp_path / "site", "half", {"half.py": rule("rmsprop") + rule("sgd")})
    distribution(tmp_path / "site", "gone", {"gone.py": "import nothing_of_this_name\n"})
    done = framework(*BARE, "layer.update_rule.name=zebra", cwd=tmp_path, env=on_path(site))
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert "there is no update rule 'zebra'" in last
    assert "gone==1.2 (ModuleNotFoundError" in last
    typo = framework(*BARE, "layer.update_rule.name=rmsprob", cwd=tmp_path, env=on_path(site))
    assert "did you mean 'rmsprop'? (command line)" in typo.stderr.splitlines()[-1]


def test_a_component_that_a_refused_plugin_brought_is_traced_to_it(tmp_path):
    files = {"pair.py": CODE_ONLY.replace('"blobs"', '"spirals"')}
    site = distribution(tmp_path / "site", "pair", files)
    done = framework(*BARE, "layer.update_rule.name=puma", cwd=tmp_path, env=on_path(site))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        "error: layer.update_rule.name: there is no update rule 'puma'; pair==1.2, which brings it,"
        " is left out: brings the dataset 'spirals', which mlp-framework=="
    )


def test_two_plugins_that_claim_one_name_are_both_named(tmp_path):
    site = distribution(tmp_path / "site", "aaa", {"aaa.py": rule()}, version="1.0")
    both = rule() + "\n\n@hookimpl\ndef framework_layers():\n    return {}\n"
    distribution(site, "bbb", {"bbb.py": both}, version="2.0")
    done = framework(*BARE, "layer/update_rule=puma", cwd=tmp_path, env=on_path(site))
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "plugin bbb==2.0 is left out: brings the update rule 'puma', which aaa==1.0 brings;"
        " update or uninstall it, or start with blocked=[bbb]"
    ]


def test_two_plugins_that_bring_one_choice_are_both_named(tmp_path):
    site = tmp_path / "site"
    distribution(site, "aaa", {"aaa/model/tiny.yaml": "# Tiny.\nhidden: [2]\n"})
    distribution(site, "bbb", {"bbb/model/tiny.yaml": "# Tiny.\nhidden: [3]\n"})
    distribution(site, "ccc", {"ccc/layer/dense.yaml": "# Mine.\nname: dense\n"})
    done = framework("job=plugins", cwd=tmp_path, env=on_path(site))
    first, second = done.stderr.splitlines()
    assert "bbb==1.2 is left out: brings the choice model=tiny, which aaa==1.2 brings" in first
    assert "ccc==1.2 is left out: brings the choice layer=dense, which mlp-framework" in second


def test_two_distributions_may_call_their_plugin_the_same(tmp_path):
    site = distribution(tmp_path / "site", "aaa", {"aaa.py": rule()}, entry="plugin = aaa")
    distribution(site, "bbb", {"bbb.py": rule("tiger")}, entry="plugin = bbb")
    done = framework(
        *BARE, "layer/update_rule=puma", "+layer@model.variants.output=dense",
        "layer/update_rule@model.variants.output.update_rule=tiger",
        cwd=tmp_path, env=on_path(site),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    summary = json.loads((only_run(tmp_path) / "summary.json").read_text())
    assert summary["components"]["update_rule puma"] == "aaa==1.2"
    assert summary["components"]["update_rule tiger"] == "bbb==1.2"


def test_what_a_plugin_prints_is_kept_off_the_screen_and_reported(tmp_path):
    loud = "import os, sys\nprint('hello')\nsys.stderr.write('there')\nos.write(1, b'again')\n"
    site = distribution(tmp_path / "site", "loud", {"loud.py": loud + rule()})
    done = framework("--cfg", "job", cwd=tmp_path, env=on_path(site))
    assert done.returncode == 0
    assert done.stdout.startswith("seed: 0")
    assert done.stderr.splitlines() == ["plugin loud==1.2 prints when it is loaded: 'hello'"]


def test_a_slow_plugin_is_reported(tmp_path):
    site = distribution(
        tmp_path / "site", "slow", {"slow.py": "import time\ntime.sleep(0.7)\n" + rule()}
    )
    done = framework(*BARE, "layer/update_rule=puma", cwd=tmp_path, env=on_path(site))
    assert done.returncode == 0
    (line,) = done.stderr.splitlines()
    assert line.startswith("plugin slow==1.2 takes ")
    assert line.endswith(" s to load, at every start")


def test_a_user_may_interrupt_an_import(tmp_path):
    text = "import time\nprint('.', flush=True)\nopen('started', 'w').close()\ntime.sleep(60)\n"
    site = distribution(tmp_path / "site", "hangs", {"hangs.py": text})
    process = subprocess.Popen(
        [sys.executable, "-m", "framework", *BARE],
        cwd=tmp_path,
        env={**os.environ, **on_path(site)},
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (tmp_path / "started").exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said == "error: interrupted\n"


@pytest.mark.parametrize("name", ["evil", "evil-twin", "Evil_Twin"])
def test_a_blocked_plugin_is_not_even_imported(tmp_path, name):
    text = "open('imported', 'w').close()\nimport sys\nsys.exit()\n"
    site = distribution(tmp_path / "site", "evil-twin", {"evil.py": text}, entry="evil = evil")
    done = framework(*BARE, f"blocked=[{name}]", cwd=tmp_path, env=on_path(site))
    assert done.returncode == 0
    assert done.stderr == ""
    assert not (tmp_path / "imported").exists()
    assert only_run(tmp_path)


def test_blocking_what_is_not_there_gives_the_nearest(tmp_path):
    site = distribution(tmp_path / "site", "evil-twin", {"evil.py": rule()}, entry="evil = evil")
    done = framework(*BARE, "blocked=[evli]", cwd=tmp_path, env=on_path(site))
    assert done.returncode == 1
    assert done.stderr == (
        "error: blocked: there is no plugin 'evli'; did you mean 'evil'? (command line)\n"
    )


def test_what_a_blocked_plugin_brings_is_missed_by_name(tmp_path):
    site = distribution(tmp_path / "site", "zoo", {"zoo.py": rule()})
    done = framework(
        *BARE, "blocked=[zoo]", "layer/update_rule=puma", cwd=tmp_path, env=on_path(site)
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: layer/update_rule=puma: there is no such choice")
    assert "zoo==1.2, which names it, is left out: blocked" in done.stderr


def test_a_sweep_blocks_and_loads_as_a_run_does(tmp_path):
    site = distribution(tmp_path / "site", "zoo", {"zoo.py": rule()})
    done = framework(
        "-m", *BARE, "blocked=[zoo]", "layer.update_rule.name=sgd,puma",
        cwd=tmp_path, env=on_path(site),
    )  # fmt: skip
    assert done.returncode == 1
    assert "there is no update rule 'puma'" in done.stderr
    assert len(list(tmp_path.rglob("summary.json"))) == 1


STUDIES = {
    "studies/experiment/animals/fast.yaml": """\
        # @package _global_
        # A plugin's own study.
        defaults:
          - /flavour: sweet
          - override /model: tiny

        trainer:
          epochs: 2
        """,
    "studies/model/tiny.yaml": "# Tiny.\nhidden: [4]\nactivation: tanh\nvariants: {}\n",
    "studies/flavour/sweet.yaml": "# @package published\n# A group of its own.\nsugar: 1.0\n",
    "studies/flavour/sour.yaml": "# @package published\n# A group of its own.\nsugar: 0.0\n",
}


def test_a_distribution_of_yaml_alone_works(tmp_path):
    site = distribution(tmp_path / "site", "studies", STUDIES)
    done = framework(
        "data=spirals", "callbacks=none", "experiment=animals/fast", cwd=tmp_path, env=on_path(site)
    )
    assert done.returncode == 0, done.stderr
    run = only_run(tmp_path)
    summary = json.loads((run / "summary.json").read_text())
    assert summary["epochs"] == 2
    assert summary["published"] == {"sugar": 1.0}


def test_help_lists_what_plugins_bring(tmp_path):
    site = distribution(tmp_path / "site", "studies", STUDIES)
    distribution(site, "code", {"code_only.py": rule()}, entry="code = code_only")
    done = framework("--help", cwd=tmp_path, env=on_path(site))
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert "flavour: sour, sweet" in lines
    (experiments,) = (line for line in lines if line.startswith("experiment: "))
    assert experiments.startswith("experiment: animals/fast, estimator/classifier, ")
    assert "layer/initializer: constant, he_normal, " in done.stdout
    assert "initializer/" not in next(line for line in lines if line.startswith("layer: "))
    assert any(line.startswith("model: ") and line.endswith("sequential, tiny") for line in lines)
    (rules,) = (line for line in lines if line.startswith("layer/update_rule: "))
    assert ", nadam, puma, radam, rmsprop, " in rules


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("layer/update_rule=", "layer/update_rule=puma layer/update_rule=radam"),
        ("flav", "flavour="),
        ("flavour=", "flavour=sour flavour=sweet"),
        ("experiment=", "experiment=animals/"),
        ("layer/update_rule=puma layer.update_rule.", "layer.update_rule.keep="),
        ("plugins=[mine] layer/update_rule=ti", "layer/update_rule=tiger"),
    ],
)
def test_tab_completes_what_plugins_bring(tmp_path, typed, offered):
    site = distribution(tmp_path / "site", "studies", STUDIES)
    distribution(site, "code", {"code_only.py": rule()}, entry="code = code_only")
    distribution(site, "broken", {"broken.py": "1 / 0\n"})
    (tmp_path / "mine.py").write_text(rule("tiger"))
    env = {**on_path(site), "COMP_LINE": f"framework {typed}"}
    done = framework("-sc", "query=bash", cwd=tmp_path, env=env)
    assert done.returncode == 0
    assert offered in done.stdout.strip()
    assert done.stderr == ""


def test_bash_itself_completes(tmp_path):
    """In a shell that was taught to as `docs/INSTALLED_PLUGINS.md` says."""
    site = distribution(tmp_path / "site", "studies", STUDIES)
    script = """
        eval "$(framework -sc install=bash)"
        COMP_LINE="framework experiment=animals/"
        COMP_WORDS=($COMP_LINE) COMP_CWORD=1 COMP_POINT=${#COMP_LINE}
        hydra_bash_completion
        echo "${COMPREPLY[@]}"
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={**os.environ, **on_path(site), "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "experiment=animals/fast", done.stderr


CODE_ONLY = (
    rule()
    + '''

from framework import Dataset, Data, Job, Layer, Parameter, Split, hyperparameter, REQUIRED


@dataclass(frozen=True)
class Blobs(Dataset):
    """Two heaps of points."""

    points: int = hyperparameter(200, "points in all", at_least=10)

    def load(self, rng):
        labels = rng.integers(2, size=self.points)
        points = rng.normal(size=(self.points, 2)) + 4 * labels[:, None]
        parts = np.split(np.arange(self.points), [self.points // 2, 3 * self.points // 4])
        return Data(*(Split(points[i], labels[i]) for i in parts), classes=2)


@dataclass(frozen=True)
class Hello(Job):
    """Say hello."""

    who: str = hyperparameter(REQUIRED, "who is greeted")

    def run(self, invocation):
        print("hello", self.who)


@dataclass(frozen=True)
class Scaled(Layer):
    """Y = X W, without a bias."""

    units: int = hyperparameter(REQUIRED, "number of outputs", at_least=1)

    def output_shape(self, inputs):
        return (self.units,)

    def parameters(self, inputs):
        return [Parameter("weights", (inputs[0], self.units))]

    def forward(self, x, out, arrays):
        return x @ arrays.weights

    def input_gradient(self, x, y, g, out, arrays):
        return g @ arrays.weights.T

    def parameter_gradients(self, x, y, g, gradients, arrays):
        gradients.weights[...] = x.T @ g


@hookimpl
def framework_datasets():
    return {"blobs": Blobs}


@hookimpl
def framework_jobs():
    return {"hello": Hello}


@hookimpl
def framework_layers():
    return {"scaled": Scaled}
'''
)


def test_a_component_without_yaml_is_a_choice_with_its_defaults(tmp_path):
    site = distribution(tmp_path / "site", "code", {"code.py": CODE_ONLY})
    env = on_path(site)
    done = framework(
        "data=blobs", "layer=scaled", "layer/update_rule=puma", "layer.update_rule.keep=0.5",
        "+schedule@layer.update_rule.learning_rate=cosine", "trainer.epochs=2", "callbacks=none",
        cwd=tmp_path, env=env,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    summary = json.loads((only_run(tmp_path) / "summary.json").read_text())
    assert summary["components"]["dataset blobs"] == "code==1.2"
    assert summary["components"]["layer scaled"] == "code==1.2"
    assert summary["components"]["schedule cosine"].startswith("mlp-framework==")
    hello = framework("job=hello", "who=you", cwd=tmp_path, env=env)
    assert (hello.returncode, hello.stdout, hello.stderr) == (0, "hello you\n", "")
    nobody = framework("job=hello", cwd=tmp_path, env=env)
    assert nobody.stderr == "error: who: must be given: who is greeted\n"


def test_sweeps_reach_components_without_yaml(tmp_path):
    """Also in the processes of a launcher that starts some."""
    site = distribution(tmp_path / "site", "code", {"code.py": CODE_ONLY})
    for launcher in ("basic", "joblib"):
        done = framework(
            "-m", *BARE, f"hydra/launcher={launcher}", "layer/update_rule=puma,rmsprop",
            "hydra.sweep.dir=" + launcher, cwd=tmp_path, env=on_path(site),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert len(list((tmp_path / launcher).rglob("summary.json"))) == 2


def test_its_yaml_goes_before_its_defaults(tmp_path):
    files = {
        "zoo/__init__.py": rule()
        + "\n\n@hookimpl\ndef framework_config_dirs():\n    return ['pkg://zoo.conf']\n",
        "zoo/conf/layer/update_rule/puma.yaml": "# Mine.\nname: puma\nlearning_rate: 7\nkeep: 0\n",
    }
    site = distribution(tmp_path / "site", "zoo", files)
    done = framework("layer/update_rule=puma", "--cfg", "job", cwd=tmp_path, env=on_path(site))
    assert "learning_rate: 7" in done.stdout
    assert done.stderr == ""
