"""A user's mistake costs one readable line, an exit status, and nothing else."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from tests.end_to_end.command import QUICK, framework
from tests.end_to_end.distributions import distribution, on_path

CONF = Path(str(files("framework.conf")))

MISTAKES = {
    "unknown choice": (["model=mlpp"], "model=mlpp: there is no such choice; did you mean 'mlp'?"),
    "unknown nested choice": (
        ["layer/update_rule=rmsprob"],
        "layer/update_rule=rmsprob: there is no such choice; did you mean 'rmsprop'?",
    ),
    "unknown experiment": (["experiment=wide_l2"], "did you mean 'reference/wide_l2'?"),
    "unknown group": (["modle=mlp"], "modle: there is no such key; did you mean 'model'?"),
    "unknown nested group": (["layer/initialiser=zeros"], "did you mean 'layer/initializer'?"),
    "unknown key": (["trainer.epoch=3"], "trainer.epoch: there is no such key in trainer"),
    "unknown deep key": (
        ["layer.update_rule.lerning_rate=1"],
        "layer.update_rule.lerning_rate: there is no such key",
    ),
    "unknown added key": (
        ["+layer.update_rule.lerning_rate=1"],
        "update rule 'sgd' has no such key; did you mean 'learning_rate'?",
    ),
    "unknown top key": (["+sed=3"], "sed: there is no such key; did you mean 'seed'?"),
    "unknown component": (
        ["layer.update_rule.name=rmsprob"],
        "layer.update_rule.name: there is no update rule 'rmsprob'; did you mean 'rmsprop'?",
    ),
    "unknown activation": (["model.activation=rlu"], "did you mean 'relu'?"),
    "unknown layer": (["+model.variants.hiden_1.units=3"], "did you mean 'hidden_1'?"),
    "unknown job": (["job=trian"], "did you mean 'train'?"),
    "unknown plugin": (["plugins=[nowhere]"], "plugins: nowhere: ModuleNotFoundError"),
    "wrong type": (["trainer.epochs=many"], "trainer.epochs: expected an integer, got 'many'"),
    "neither of two types": (
        ["trainer.class_weight=5"],
        "trainer.class_weight: expected 'balanced' or a list, got 5",
    ),
    "two keys that do not fit": (
        ["trainer.accumulate=50"],
        "trainer: accumulate is 50, but a minibatch has 32 rows (batch_size); expected no more"
        " parts than rows (command line)",
    ),
    "added a second time": (
        ["+layer.constraint=max_norm"],
        "+layer.constraint: is there already; write layer.constraint=…, without +, or"
        " layer/constraint=… to choose one (command line)",
    ),
    "a rule laid over another's keys": (
        ["layer/update_rule=ema", "layer.update_rule.inner={name: adam, momentum: 0.9}"],
        "layer.update_rule.inner.momentum: there is no such key in layer.update_rule.inner; one of"
        " 'amsgrad', 'beta1', ",
    ),
    "a slip in a block": (
        ["model=sequential", "model.layers=[{paralel: [tanh, []]}, dense]"],
        "did you mean 'parallel'?",
    ),
    "a fraction for an integer": (["seed=1.5"], "seed: expected an integer, got 1.5"),
    "a number for a list": (["model.hidden=5"], "model.hidden: expected a list, got 5"),
    "a string for a switch": (["trainer.shuffle=often"], "trainer.shuffle: expected true or false"),
    "too small": (["trainer.epochs=-1"], "trainer.epochs: must be at least 1, got -1"),
    "not a number": (
        ["layer.update_rule.learning_rate=nan"],
        "layer.update_rule.learning_rate: must be a finite number, got nan",
    ),
    "negative rate": (
        ["layer.update_rule.learning_rate=-1"],
        "layer.update_rule.learning_rate: must be greater than 0, got -1",
    ),
    "no units": (["model.hidden=[0]"], "model.hidden[0]: must be at least 1, got 0"),
    "unknown dtype": (["dtype=float16"], "dtype: must be one of float32, float64, got 'float16'"),
    "large batch": (["trainer.batch_size=9999999"], "trainer.batch_size: 9999999 is more than"),
    "missing value": (["data=npz"], "data.path: must be given"),
    "missing file": (["data=npz", "data.path=none.npz"], "none.npz: there is no such file"),
    "loss that does not fit": (
        ["loss=mean_squared_error"],
        "loss: mean_squared_error takes values, but spirals gives labels",
    ),
    "outputs that do not fit": (
        ["model=sequential"],
        "model: the last layer, 'dense_5', gives outputs of shape (10,), but spirals has 3",
    ),
    "not an override": (["trainer.epochs"], "trainer.epochs: is not an override"),
    "bad syntax": (["model.hidden=[1,"], "model.hidden=[1,: is not an override"),
    "unknown hydra key": (
        ["hydra.run.dri=x"],
        "hydra.run.dri: there is no such key in hydra.run; did you mean 'dir'? (command line)",
    ),
    "unknown hydra section": (["hydra.swep.dir=x"], "no such key in hydra; did you mean 'sweep'?"),
    "added hydra key": (
        ["+hydra.job.nam=x"],
        "hydra.job.nam: there is no such key in hydra.job; did you mean 'name'? (command line)",
    ),
    "unknown launcher": (
        ["hydra/launcher=slurm_locl"],
        "hydra/launcher=slurm_locl: there is no such choice; did you mean 'slurm_local'?"
        " (command line)",
    ),
    "unknown launcher key": (
        ["hydra/launcher=joblib", "hydra.launcher.n_job=2"],
        "hydra.launcher.n_job: there is no such key in hydra.launcher; did you mean 'n_jobs'?",
    ),
    "unknown hydra group": (["hydra/lancher=joblib"], "did you mean 'hydra/launcher'?"),
    "a number for a choice": (["model=3"], "model=3: there is no such choice; one of 'mlp'"),
    "null for a choice": (["model=null"], "model=null: there is no such choice; one of 'mlp'"),
    "null among choices": (
        ["model=mlp,null", "-m"],
        "model=mlp,null: there is no such choice; one of 'mlp'",
    ),
    "deletion of null": (["~published", "~experiment.x"], "~experiment.x: there is no such key"),
    "unknown nested choice added": (
        ["+layer@model.variants.output=dens"],
        "layer=dens: there is no such choice; did you mean 'dense'? (command line)",
    ),
    "deletion of nothing": (
        ["~callbacks.picture"],
        "~callbacks.picture: there is no such key; did you mean 'pictures'? (command line)",
    ),
    "unknown option": (["--config-di", "x"], "no such option; did you mean '--config-dir'?"),
    "blocks nobody": (["blocked=[bultin]"], "did you mean 'builtin'? (command line)"),
    "bad schedule": (
        [
            "+schedule@layer.update_rule.learning_rate=cosine",
            "layer.update_rule.learning_rate.steps=0",
        ],
        "layer.update_rule.learning_rate.steps: must be at least 1, got 0",
    ),
}


# Where a mistake is, when it is not in a value that the command line gives.
PLACES = {
    "missing value": "conf/data/npz.yaml:3)",
    "missing file": "(data.path)",
    "not an override": "error: trainer.epochs: ",
    "bad syntax": "error: model.hidden=[1,: ",
    "unknown option": "error: --config-di: ",
}


@pytest.mark.parametrize("name", MISTAKES)
@pytest.mark.sampled(7)
def test_is_one_line_and_leaves_nothing(tmp_path, name):
    arguments, line = MISTAKES[name]
    base = [] if any(a.startswith(("data=", "model=")) for a in arguments) else list(QUICK[2:])
    done = framework("data=spirals", *base, *arguments, cwd=tmp_path)
    assert done.returncode in (1, 2)
    said = done.stderr.strip().splitlines()
    assert len(said) == 1, done.stderr
    assert line in said[0]
    assert said[0].startswith("error: ")
    if name in PLACES:
        assert PLACES[name] in said[0]
    else:
        assert said[0].endswith(" (command line)")
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("name", ["unknown key", "unknown launcher"])
@pytest.mark.parametrize("flag", ["--cfg=job", "-m", "-r", "hydra.mode=RUN"])
@pytest.mark.sampled(2)
def test_is_told_alike_by_every_way_into_hydra(tmp_path, name, flag):
    """A single run is composed directly; everything else goes through Hydra's own door."""
    arguments, line = MISTAKES[name]
    done = framework(flag, "data=spirals", *arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {line}")
    assert done.stderr.count("\n") == 1


THEIRS = {
    "theirs/experiment/wrong_key.yaml": """\
        # @package _global_
        # A key that is not there.
        flavour:
          sugr: 1
        """,
    "theirs/experiment/wrong_choice.yaml": """\
        # @package _global_
        # A choice that is not there.
        defaults:
          - override /layer/update_rule: rmsprob
        """,
    "theirs/experiment/wrong_value.yaml": """\
        # @package _global_
        # A value that cannot be.
        layer:
          update_rule:
            learning_rate: -1
        """,
    "theirs/model/torn.yaml": "# Torn.\nhidden: [3,\n",
    "theirs/layer/odd.yaml": """\
        # A variant of theirs, one part of which is not there.
        defaults:
          - initializer: small_normal
          - regularizer: nonee
          - update_rule: sgd

        name: dense
        """,
    "theirs/layer/update_rule/slip.yaml": "# A slip.\nname: sgd\nlerning_rate: 1\n",
    "theirs/flavour/sweet.yaml": "# A group of theirs.\nsugar: 1\n",
}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["layer/update_rule=slip"],
            "layer.update_rule.lerning_rate: update rule 'sgd' has no such key;"
            " did you mean 'learning_rate'? (site/theirs/layer/update_rule/slip.yaml:3)",
        ),
        (
            ["model=torn"],
            "site/theirs/model/torn.yaml:3: is not YAML: expected the node content,"
            " but found '<stream end>'",
        ),
        (
            ["layer=odd"],
            "layer/regularizer=nonee: there is no such choice; did you mean 'none'?"
            " (site/theirs/layer/odd.yaml:4)",
        ),
        (
            ["experiment=wrong_choice"],
            "layer/update_rule=rmsprob: there is no such choice; did you mean 'rmsprop'?"
            " (site/theirs/experiment/wrong_choice.yaml:4)",
        ),
        (
            ["experiment=wrong_value"],
            "layer.update_rule.learning_rate: must be greater than 0, got -1.0"
            " (site/theirs/experiment/wrong_value.yaml:5)",
        ),
        (
            ["experiment=wrong_value", "layer.update_rule.learning_rate=-2"],
            "layer.update_rule.learning_rate: must be greater than 0, got -2.0 (command line)",
        ),
        (
            ["+flavour=swet"],
            "flavour=swet: there is no such choice; did you mean 'sweet'? (command line)",
        ),
        (
            ["+flavour=sweet", "flavour.sugr=2"],
            "flavour.sugr: there is no such key in flavour; did you mean 'sugar'? (command line)",
        ),
        (
            ["+flavor=sweet"],
            "flavor: there is no such key; did you mean 'flavour'? (command line)",
        ),
    ],
)
@pytest.mark.sampled(3)
def test_is_traced_into_the_yaml_of_third_parties(tmp_path, arguments, line):
    site = distribution(tmp_path / "site", "theirs", THEIRS)
    runs = ("data=spirals", "callbacks=none")
    done = framework(*runs, *arguments, cwd=tmp_path, env=on_path(site))
    assert done.returncode == 1
    assert done.stderr == f"error: {line}\n"


def test_several_mistakes_are_a_line_each(tmp_path):
    done = framework("data=spirals", "trainer.epochs=0", "seed=-1", "dtype=int8", cwd=tmp_path)
    assert done.returncode == 1
    for key in ("trainer.epochs", "seed", "dtype"):
        assert key in done.stderr


def test_labels_outside_the_classes(tmp_path):
    np.savez(tmp_path / "own.npz", inputs=np.ones((40, 2)), targets=np.arange(40) % 5)
    done = framework("data=npz", "data.path=own.npz", "data.classes=4", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == ("error: own.npz: train label 4 in row 4 is outside the classes 0 to 3\n")


def test_features_that_do_not_fit_the_network(tmp_path):
    np.savez(tmp_path / "own.npz", inputs=np.ones((40, 2, 3)), targets=np.arange(40) % 2)
    done = framework("data=npz", "data.path=own.npz", "data.flatten=false", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        "error: model: layer 'hidden_1' does not accept inputs of shape (2, 3): dense takes flat"
        f" samples (features,), got (2, 3) ({CONF / 'model/mlp.yaml'})\n"
    )


def test_an_output_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "outputs").write_text("a file where the folder should be")
    done = framework(*QUICK, cwd=tmp_path)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "outputs" in done.stderr


def test_a_directory_that_holds_a_run_is_left_alone(tmp_path):
    quick = (*QUICK, "callbacks=none", "hydra.run.dir=mine")
    assert framework(*quick, cwd=tmp_path).returncode == 0
    before = {p: p.read_bytes() for p in (tmp_path / "mine").rglob("*") if p.is_file()}
    done = framework(*quick, "seed=1", cwd=tmp_path)
    assert done.returncode == 1
    assert "holds a run already" in done.stderr
    assert before == {p: p.read_bytes() for p in (tmp_path / "mine").rglob("*") if p.is_file()}


def test_a_switch_shows_the_traceback(tmp_path):
    done = framework("seed=-1", cwd=tmp_path, env={"HYDRA_FULL_ERROR": "1"})
    assert done.returncode == 1
    assert "Traceback" in done.stderr


@pytest.mark.slow
def test_a_failing_job_of_a_sweep_stops_no_other(tmp_path):
    done = framework("-m", *QUICK, "callbacks=none", "seed=0,-1,2", cwd=tmp_path)
    assert done.returncode == 1
    assert len(list(tmp_path.rglob("summary.json"))) == 2
    assert "job 1" in done.stderr.splitlines()[-1]
    assert "seed: must be at least 0, got -1" in done.stderr.splitlines()[-1]
