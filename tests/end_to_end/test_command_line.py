"""What a command line says is understood however it is spelled, or refused in one line."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import framework
from framework import app
from framework.errors import ConfigurationError
from tests.end_to_end.command import framework as command

RUN = (
    "data=spirals",
    "data.points=60",
    "data.held_out=12",
    "trainer.epochs=1",
    "model.hidden=[4]",
    "callbacks=none",
    "checkpoint=none",
)


@dataclass(frozen=True)
class Done:
    status: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The one line of an error."""
        assert self.err.count("\n") == 1, self.err
        return self.err.removeprefix("error: ").rstrip("\n")


@pytest.fixture
def run(tmp_path, monkeypatch, capsys) -> Callable[..., Done]:
    """Run a command line in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def inside(*arguments: str) -> Done:
        try:
            status = app.run(arguments)
        except SystemExit as leaving:  # Hydra's, after it showed something
            status = int(leaving.code or 0)
        out, err = capsys.readouterr()
        return Done(status, out, err)

    return inside


def seeds(sweep: Path) -> dict[str, str]:
    """Read the seed of each job of a sweep, by its folder."""
    found = {}
    for path in sweep.rglob(".hydra/config.yaml"):
        seed = re.search(r"^seed: (.*)$", path.read_text(), re.MULTILINE)
        assert seed is not None
        found[path.parent.parent.relative_to(sweep).as_posix()] = seed[1]
    return found


@pytest.mark.parametrize(
    ("given", "place"),
    [
        (["++hydra.sweep.dir=o"], "o"),
        (["hydra.sweep={dir: o}"], "o"),
        (["hydra.sweep.dir=7"], "7"),
        (['hydra.sweep.dir="a[1]{b}"'], "a[1]{b}"),
        (["hydra.sweep.dir=x/y/../z", "hydra.job.chdir=true"], "x/z"),
        (["hydra.sweep.dir='${seed}/it''s'"], "0/its"),
    ],
)
@pytest.mark.sampled(1)
def test_a_sweep_goes_where_it_is_told_however_that_is_spelled(run, tmp_path, given, place):
    done = run("-m", *RUN, "seed=0,1", *given)
    if "''" in given[0]:  # two strings in a row are none
        assert "quote it" in done.line
        return
    assert done.status == 0, done.err
    assert seeds(tmp_path / place) == {"0": "0", "1": "1"}
    assert (tmp_path / place / "leaderboard.csv").is_file()


STUDY = """\
# @package _global_
# A sweep that a file asks for.
hydra:
  mode: MULTIRUN
  sweep: {dir: here, subdir: 's${seed}'}
  sweeper:
    params:
      seed: zip(3,5)
      layer: zip(dense_l2,dense_l2_sgd_1e-2)
"""


@pytest.mark.slow
def test_a_file_can_ask_for_a_sweep_whose_values_have_keys_of_their_own(run, tmp_path):
    (tmp_path / "c" / "experiment").mkdir(parents=True)
    (tmp_path / "c" / "experiment" / "study.yaml").write_text(STUDY)
    done = run(*RUN, "--config-dir", "c", "experiment=study", "layer.regularizer.strength=0.1")
    assert done.status == 0, done.err
    assert seeds(tmp_path / "here") == {"s3": "3", "s5": "5"}
    text = (tmp_path / "here" / "s3" / ".hydra" / "config.yaml").read_text()
    assert "strength: 0.1" in text
    assert (tmp_path / "here" / "leaderboard.csv").is_file()


@pytest.mark.slow
def test_zipped_values_name_their_folders(run, tmp_path):
    place = ("hydra.sweep.dir=o", "hydra.sweep.subdir='${hydra.job.override_dirname}'")
    done = run("-m", *RUN, *place, "seed=zip(3,5)", "dtype=zip(float32,float64)")
    assert done.status == 0, done.err
    assert sorted(seeds(tmp_path / "o").values()) == ["3", "5"]
    assert all(",+point=" not in name and "seed=" in name for name in seeds(tmp_path / "o"))


@pytest.mark.parametrize("value", ["", ".", "..", "/tmp/x", "ledger", "null"])
@pytest.mark.sampled(2)
def test_a_job_has_a_folder_of_its_own_below_the_sweep(run, tmp_path, value):
    done = run("-m", *RUN, "seed=0,1", f"hydra.sweep.subdir={value}")
    assert done.status == 1
    assert done.line.startswith("hydra.sweep.subdir: ")
    assert list(tmp_path.iterdir()) == []


def test_overrides_stand_on_both_sides_of_a_flag(run, tmp_path):
    done = run(*RUN, "-m", "seed=0,1", "hydra.sweep.dir=o")
    assert done.status == 0, done.err
    assert set(seeds(tmp_path / "o").values()) == {"0", "1"}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--seed", "3"], "--seed: there is no such option; an override has no dashes: seed=3"),
        (["--seed=3"], "--seed: there is no such option; an override has no dashes: seed=3"),
        (["-seed"], "-seed: there is no such option; an override has no dashes: seed=…"),
        (["--multi-run"], "did you mean '--multirun'?"),
        (["--config-dir"], "--config-dir/-cd: expected one argument"),
        (["--cfg", "jbo"], "invalid choice: 'jbo'"),
        (["-m", "--cfg", "job"], "--multirun --cfg: only one of these can be done at a time"),
        (["--resolve"], "--resolve: says what --cfg shows"),
    ],
)
def test_a_mistaken_flag_is_one_line_and_status_2(run, tmp_path, arguments, line):
    done = run("data=spirals", *arguments)
    assert done.status == 2
    assert line in done.line
    assert list(tmp_path.iterdir()) == []


def test_versions_of_both_are_shown(run):
    assert re.fullmatch(r"mlp-framework \S+, Hydra \S+\n", run("--version").out)


NAMES = ("1", "1e-3", "lr=0.1", "é", "a,b")


@pytest.fixture
def named(tmp_path) -> tuple[str, str]:
    folder = tmp_path / "c" / "experiment"
    folder.mkdir(parents=True)
    for i, name in enumerate(NAMES):
        (folder / f"{name}.yaml").write_text(f"# @package _global_\nseed: {50 + i}\n")
    return ("--config-dir", str(tmp_path / "c"))


@pytest.mark.parametrize(("value", "seed"), [("1", 50), ("1e-3", 51), ("'é'", 53), ("'a,b'", 54)])
def test_a_choice_is_what_its_file_is_called(run, tmp_path, named, value, seed):
    assert run(*named, *RUN, f"experiment={value}", "hydra.run.dir=o").status == 0
    assert seeds(tmp_path / "o") == {".": str(seed)}


@pytest.mark.slow
def test_a_glob_finds_whatever_files_are_called(run, tmp_path, named):
    done = run("-m", *named, *RUN, "experiment=glob(*)", "hydra.sweep.dir=o")
    assert done.status == 0, done.err
    assert set(seeds(tmp_path / "o").values()) == {str(50 + i) for i in range(len(NAMES))}


SLIPS = {
    "seed: 3\n": "1: its values are put below 'experiment'; begin the file with",
    "# Mine.\n# @package _global_\nseed: 3\n": "2: '# @package _global_' is only read in the first",
    "# @package global\nseed: 3\n": "1: its values are put below 'global'",
    "# @package _global_\ndefaults:\n  - override layer: dense_l2\n": (
        "3: 'override layer' is looked for in 'experiment'; write 'override /layer: dense_l2'"
    ),
    "# @package _global_\ndefaults:\n  - layer: dense_l2\n": "write 'override /layer: dense_l2'",
    "# @package _global_\ndefaults:\n  - /layer: dense_l2\n": "write 'override /layer: dense_l2'",
    "\ufeff# @package _global_\nseed: 3\n": "1: begins with a byte order mark",
}


@pytest.mark.parametrize(("text", "line"), SLIPS.items())
@pytest.mark.sampled(3)
def test_a_slip_in_a_file_is_told_by_file_line_and_cure(run, tmp_path, text, line):
    folder = tmp_path / "c" / "experiment"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(text, encoding="utf-8")
    done = run("--config-dir", "c", *RUN, "experiment=mine")
    assert done.status == 1
    place = "c/experiment/mine.yaml:" if line[0].isdigit() else ""
    assert f"{place}{line}" in done.line
    assert "mine.yaml" in done.line


def test_a_file_of_another_ending_is_named(run, tmp_path):
    folder = tmp_path / "c" / "experiment"
    folder.mkdir(parents=True)
    (folder / "mine.yml").write_text("# @package _global_\nseed: 3\n")
    line = run("--config-dir", "c", *RUN, "experiment=mine").line
    assert line == "experiment=mine: c/experiment/mine.yml is not read; name it mine.yaml"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["hydra/launcher=basic"], "is about the jobs of a sweep; add -m"),
        (["hydra.sweep.dir=o"], "is about the jobs of a sweep; add -m"),
        (["-m", "hydra.run.dir=o"], "a sweep goes to hydra.sweep.dir"),
        (["hydra.verbose=true"], "has no effect"),
        (["seed=0,1"], "several values make a sweep; add -m"),
        (["+model.variants.hidden_1.units=5"], "the sizes of hidden layers are model.hidden"),
    ],
)
@pytest.mark.sampled(3)
def test_nothing_is_ignored_in_silence(run, tmp_path, arguments, said):
    done = run(*RUN, *arguments)
    assert done.status == 1
    assert said in done.line
    assert list(tmp_path.iterdir()) == []


def test_two_mappings_of_one_key_add_up_in_a_sweep(run, tmp_path):
    both = ("layer={name: dense}", "layer={update_rule: {learning_rate: 0.25}}")
    done = run("-m", *RUN, *both, "seed=1", "hydra.sweep.dir=o")
    assert done.status == 0, done.err
    text = (tmp_path / "o" / "0" / ".hydra" / "config.yaml").read_text()
    assert "learning_rate: 0.25" in text


def test_a_single_run_changes_its_directory_when_asked(run, tmp_path):
    done = run(*RUN, "hydra.job.chdir=true", "hydra.run.dir=o")
    assert done.status == 0, done.err
    assert (tmp_path / "o" / "summary.json").is_file()
    assert Path.cwd() == tmp_path


@pytest.mark.slow
def test_resuming_is_checked_against_the_run_itself(run, tmp_path):
    assert run(*RUN[:6], "layer=dense_rmsprop", "hydra.run.dir=o").status == 0
    more = ("job=resume", "run=o", "trainer.epochs=2", "allow_changes=true")
    wrong = run(*more, "layer.update_rule.dekay=0.5")
    assert "update rule 'rmsprop' has no such key; did you mean 'decay'?" in wrong.line
    done = run(*more, "layer.update_rule.decay=0.5")
    assert done.status == 0, done.err
    assert "decay: 0.5" in (tmp_path / "o" / ".hydra" / "config.yaml").read_text()
    assert run("job=resume", "run=o", "layer=dense_l2").line.startswith("layer=dense_l2: ")


@pytest.mark.slow
def test_the_command_that_goes_on_can_be_pasted(run, tmp_path):
    place = "it's [é] #1, a=b"
    sweep = ("-m", *RUN, "seed=0,-1", "hydra.sweep.dir=")
    done = run(*sweep[:-1], f'hydra.sweep.dir="{place}"')
    assert done.status == 1
    said = re.search(r"the same command with (.*)", done.err)
    assert said is not None
    (word,) = shlex.split(said[1])
    assert (tmp_path / place / "leaderboard.csv").is_file()
    again = run(*sweep[:-1], word)
    assert "job 0: finished in 0 before" in again.err


PLACES = ("it's", "a${b}", "ab\\", "a=b [c], #é", " blank ")


@pytest.mark.parametrize("place", PLACES)
def test_train_takes_any_directory(tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    assert framework.train(*RUN, directory=place).directory == tmp_path / place
    assert (tmp_path / place / "summary.json").is_file()


def test_train_expands_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert framework.train(*RUN, directory="~/x").directory == tmp_path / "x"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([["seed=3"]], "write framework.train(*[…])"),
        ([{"trainer.epochs": 3}], 'write "trainer.epochs=3"'),
        ([("trainer.epochs", 3)], 'write "trainer.epochs=3"'),
        ([3], "got int 3"),
        (["-m"], "no flags"),
        (["hydra.mode=MULTIRUN"], "hydra.mode: asks for a sweep"),
        (["seed=0,1"], "trains once"),
        (["job=plugins"], "framework.train trains"),
        (["hydra.job.chdir=true"], "hydra.job.chdir: "),
        (["hydra/launcher=basic"], "is about the jobs of a sweep"),
    ],
)
def test_what_train_cannot_take_is_one_line(tmp_path, monkeypatch, given, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError) as raised:
        framework.train(*RUN, *given)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
    assert isinstance(raised.value, TypeError) == (not isinstance(given[0], str))
    assert list(tmp_path.iterdir()) == []


def test_a_deleted_working_directory_is_named(tmp_path, monkeypatch, capsys):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert app.run(["data=spirals"]) == 1
    assert "the working directory was deleted" in capsys.readouterr().err
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
def test_an_optimizing_python_is_told_what_it_cannot_read(tmp_path):
    plain = command("-m", *RUN, "seed=0,1", cwd=tmp_path, env={"PYTHONOPTIMIZE": "1"})
    assert plain.returncode == 0, plain.stderr
    done = command("-m", *RUN, "seed=range(0,2)", cwd=tmp_path, env={"PYTHONOPTIMIZE": "1"})
    assert done.returncode == 1
    assert "seed=range(0,2): cannot be read under python -O (PYTHONOPTIMIZE)" in done.stderr


def test_completion_is_of_the_command_framework(run, monkeypatch):
    assert run("-sc", "install=bash").out.rstrip().endswith("hydra_bash_completion framework")
    monkeypatch.setenv("COMP_LINE", "python -m framework data=sp")
    assert run("-sc", "query=bash").out.split() == ["data=spirals"]
