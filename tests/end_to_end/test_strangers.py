"""Configurations from elsewhere: they run nothing, read nothing, and say where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.command import framework, only_run

QUICK = ("data=spirals", "trainer.epochs=1", "model.hidden=[8]", "callbacks=none")
FROM_A_FILE = {
    "target": ("trainer:\n  _target_: os.system\n", "trainer._target_", 3),
    "factory": ("trainer:\n  x:\n    (): os.system\n", "trainer.x.()", 4),
    "launcher": ("hydra:\n  launcher:\n    _target_: x.Y\n", "hydra.launcher._target_", 4),
    "launcher's text": (
        "hydra:\n  launcher:\n    setup: [touch pwned]\n",
        "hydra.launcher.setup",
        4,
    ),
    "callbacks": ("hydra:\n  callbacks:\n    a: {b: 1}\n", "hydra.callbacks.a.b", 4),
    "logging": (
        "hydra:\n  job_logging:\n    handlers: {a: {class: logging.FileHandler}}\n",
        "hydra.job_logging.handlers.a.class",
        4,
    ),
    "environment": ("hydra:\n  job:\n    env_set: {PATH: .}\n", "hydra.job.env_set.PATH", 4),
    "search path": ("hydra:\n  searchpath: [file:///tmp]\n", "hydra.searchpath", 3),
    "sweep": (
        "hydra:\n  sweeper:\n    params: {hydra.job.env_set.X: '1,2'}\n",
        "hydra.sweeper.params.hydra.job.env_set.X",
        4,
    ),
    "variable": ("trainer:\n  epochs: ${oc.env:HOME}\n", "the resolver 'oc.env'", 3),
    "hidden variable": ("a: oc.env\ntrainer:\n  epochs: ${${a}:HOME}\n", "inside another", 4),
    "escaped variable": ("trainer:\n  epochs: \\${oc.env:HOME}\n", "the resolver 'oc.env'", 3),
    "relocation": ("defaults:\n  - /trainer@hydra.job.env_set: default\n", "defaults: ", 3),
    "hydra's group": ("defaults:\n  - override /hydra/job_logging: default\n", "defaults: ", 3),
    "outside": ("defaults:\n  - ../../../tmp/evil\n", "defaults: ", 3),
    "endless": ("a: &a [*a]\n", "expands to more than", 2),
    "laughs": (
        "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
        + "".join(
            f"{b}: &{b} [{','.join(['*' + a] * 10)}]\n"
            for a, b in zip("abcdefgh", "bcdefghi", strict=False)
        ),
        "expands to more than",
        0,
    ),
    "object": ("a: !!python/object/apply:os.system [touch pwned]\n", "cannot be read", 0),
    "twice": ("a: 1\na: 2\n", "cannot be read", 0),
    "broken": ("a: [1,\n", "is not YAML", 3),
    "unknown key": ("trainer:\n  epoch: 3\n", "trainer.epoch: there is no such key", 3),
    "value": ("trainer:\n  epochs: 0\n", "trainer.epochs: must be at least 1, got 0", 3),
    "name": (
        "layer:\n  update_rule:\n    name: rmsprob\n",
        "did you mean 'rmsprop'?",
        4,
    ),
    "choice": ("defaults:\n  - override /model: mlpp\n", "did you mean 'mlp'?", 3),
    "list": ("model:\n  hidden: [3, 0]\n", "model.hidden[1]: must be at least 1, got 0", 3),
}


@pytest.mark.parametrize(("text", "said", "line"), FROM_A_FILE.values(), ids=FROM_A_FILE.keys())
@pytest.mark.sampled(4)
def test_a_file_is_refused_by_key_and_line(tmp_path, text, said, line):
    """The first line of each file is its header, so the text begins at line 2."""
    folder = tmp_path / "theirs" / "experiment"
    folder.mkdir(parents=True)
    (folder / "evil.yaml").write_text(f"# @package _global_\n{text}")
    runs = ("data=spirals", "callbacks=none", "experiment=evil", "--config-dir=theirs")
    done = framework(*runs, cwd=tmp_path)
    assert done.returncode == 1
    (only,) = done.stderr.splitlines()
    assert only.startswith("error: ")
    assert said in only
    assert f"theirs/experiment/evil.yaml{f':{line}' if line else ''}" in only
    assert sorted(p.name for p in tmp_path.iterdir()) == ["theirs"]


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("hydra/job_logging/evil.yaml", "version: 1\n"),
        ("hydra/launcher/evil.yaml", "_target_: x\n"),
        ("elsewhere/evil.yaml", "# @package hydra.job.env_set\nPATH: .\n"),
        ("elsewhere/evil.yaml", "# @package _global_.hydra.job.env_set\nPATH: .\n"),
    ],
)
@pytest.mark.sampled(2)
def test_a_file_cannot_put_itself_below_hydra(tmp_path, place, text):
    file = tmp_path / "theirs" / place
    file.parent.mkdir(parents=True)
    file.write_text(text)
    group = Path(place).parent.as_posix()
    plus = "" if group.startswith("hydra") else "+"
    for mode in ([], ["-m"]):
        done = framework(*mode, *QUICK, "-cd", "theirs", f"{plus}{group}=evil", cwd=tmp_path)
        assert done.returncode == 1
        assert "evil.yaml" in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["theirs"]


@pytest.mark.parametrize(
    "override",
    [
        "hydra.launcher._target_=os.system",
        "+hydra.callbacks.a.b=1",
        "hydra.job_logging={version: 1}",
        "+hydra.hydra_logging.handlers.a.class=logging.FileHandler",
        "+hydra.job.env_set.PATH=.",
        "hydra.searchpath=[file:///tmp]",
        "+trainer@hydra.job.env_set=default",
        "hydra.sweeper.params={hydra.job.env_set.X: 1}",
        "+hydra={callbacks: {a: {b: 1}}}",
    ],
)
@pytest.mark.sampled(3)
def test_the_command_line_has_hydra_run_nothing(tmp_path, override):
    """In a sweep, where Hydra would look for what to run."""
    done = framework("-m", *QUICK, override, cwd=tmp_path)
    assert done.returncode == 1
    (only,) = done.stderr.splitlines()
    assert only.startswith("error: ")
    assert "hydra" in only
    assert list(tmp_path.iterdir()) == []


def test_pickles_are_not_read(tmp_path):
    (tmp_path / "evil.pickle").write_bytes(b"cos\nsystem\n(S'touch pwned'\ntR.")
    done = framework("--experimental-rerun", "evil.pickle", cwd=tmp_path)
    assert done.returncode == 2
    assert "--experimental-rerun: there is no such option" in done.stderr
    assert not (tmp_path / "pwned").exists()


HARMLESS = """\
# @package _global_
defaults:
  - override /layer: dense_xavier
  - override /hydra/launcher: basic

trainer:
  epochs: 1
model:
  hidden: [8]
published:
  train_accuracy: ${now:%S}
hydra:
  run:
    dir: mine/${now:%Y}
  sweeper:
    params:
      seed: 1,2
"""


@pytest.mark.slow
def test_a_harmless_folder_works(tmp_path):
    (tmp_path / "own" / "experiment").mkdir(parents=True)
    (tmp_path / "own" / "experiment" / "good.yaml").write_text(
        HARMLESS.replace("published:\n  train_accuracy: ${now:%S}\n", "")
    )
    both = ("data=spirals", "callbacks=none", "experiment=good", "--config-dir", "own")
    done = framework(*both, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("mine/*/summary.json"))) == 1
    done = framework("-m", *both, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("outputs/multirun/*/*/*/summary.json"))) == 2
    helped = framework("--help", "-cd", "own", cwd=tmp_path)
    assert "good" in helped.stdout


def test_a_configuration_of_ones_own_may_be_the_first(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "study.yaml").write_text(
        "# Mine.\ndefaults:\n  - config\n  - override data: spirals\n  - override callbacks: none\n"
        "  - _self_\ntrainer:\n  epochs: 1\n"
    )
    done = framework("--config-path", "own", "--config-name", "study", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert only_run(tmp_path)
    done = framework("--config-path", "own", "--config-name", "studdy", cwd=tmp_path)
    assert done.stderr == ("error: studdy: there is no such configuration; did you mean 'study'?\n")
    done = framework("--config-path", "nowhere", cwd=tmp_path)
    assert done.stderr == "error: nowhere: there is no such folder of YAML (--config-path)\n"


BRINGS = """
from dataclasses import dataclass
from framework import Schedule, hookimpl

@dataclass(frozen=True)
class Steady(Schedule):
    "Always the same."
    def at(self, step):
        return 0.1

@hookimpl
def framework_schedules():
    return {"steady": Steady}
"""


@pytest.mark.slow
def test_the_users_own_word_loads_what_a_file_names(tmp_path):
    (tmp_path / "own" / "experiment").mkdir(parents=True)
    (tmp_path / "own" / "experiment" / "mine.yaml").write_text(
        "# @package _global_\nplugins: [mine]\n"
        "layer: {update_rule: {learning_rate: {name: steady}}}\n"
    )
    (tmp_path / "mine.py").write_text(BRINGS)
    line = (*QUICK, "experiment=mine", "-cd", "own")
    refused = framework(*line, cwd=tmp_path)
    assert refused.returncode == 1
    assert "add plugins=[mine] to the command line (own/experiment/mine.yaml:2)" in refused.stderr
    done = framework(*line, "plugins=[mine]", "hydra.run.dir=run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    swept = framework("-m", *line, "plugins=[mine]", "seed=0,1", cwd=tmp_path)
    assert swept.returncode == 0, swept.stderr
