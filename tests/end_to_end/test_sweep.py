"""Sweeps finish: failures, kills and further values cost only what they must."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.end_to_end.command import QUICK, framework

pytestmark = pytest.mark.slow  # processes by the dozen

JOBS = (*QUICK, "~callbacks.pictures", "~callbacks.progress")
LONG = ("data=spirals", "trainer.epochs=30", "model.hidden=[40]", "~callbacks.pictures")

TROUBLE = '''
import os, signal, time
from dataclasses import dataclass
from framework import Callback, Schedule, hookimpl, hyperparameter

@dataclass(frozen=True)
class Trouble(Schedule):
    """Makes the run of seed 1 end badly, once its first epoch is over."""

    kind: str = hyperparameter("none", "what happens")
    seed: int = hyperparameter(0, "the run's")

    def at(self, step):
        if step == 93 and self.seed == 1 and not os.path.exists("mended"):
            if self.kind == "exit":
                raise SystemExit(0)
            if self.kind == "memory":
                raise MemoryError
            if self.kind == "error":
                raise RuntimeError("no more")
            if self.kind == "kill":
                time.sleep(1.0)
                os.kill(os.getpid(), signal.SIGKILL)
        return 0.1

@dataclass(frozen=True)
class Broken(Callback):
    """Fails when an epoch of the run of seed 1 ends."""

    @hookimpl
    def framework_epoch_ended(self, run, record):
        if run.settings.seed == 1:
            raise RuntimeError("no bell")

@hookimpl
def framework_schedules():
    return {"trouble": Trouble}

@hookimpl
def framework_callbacks():
    return {"broken": Broken}
'''


def trouble(cwd: Path, kind: str) -> tuple[str, ...]:
    (cwd / "trouble.py").write_text(TROUBLE)
    schedule = f"{{name: trouble, kind: {kind}, seed: '${{seed}}'}}"
    return (
        "plugins=[trouble]",
        "trainer.epochs=2",
        f"layer.update_rule.learning_rate={schedule}",
    )


def started(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "framework", *arguments],
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def until(path: Path, process: subprocess.Popen[str]) -> None:
    limit = time.monotonic() + 60
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < limit
        time.sleep(0.01)


def board(sweep: Path, name: str = "leaderboard.csv") -> list[dict[str, str]]:
    """Read a leaderboard, but for the seconds."""
    with (sweep / name).open() as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


def ledger(sweep: Path) -> dict[str, str]:
    """Read each job's last override and what became of it."""
    found = [json.loads(path.read_text()) for path in (sweep / "ledger").glob("*.json")]
    return {record["overrides"][-1]: record["status"] for record in found}


def contents(directory: Path) -> dict[str, bytes]:
    return {
        p.relative_to(directory).as_posix(): p.read_bytes()
        for p in directory.rglob("*")
        if p.is_file()
    }


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("exit", "calls sys.exit (trouble.py:16)"),
        ("memory", "MemoryError (trouble.py:18)"),
        ("error", "schedule 'trouble' (trouble): RuntimeError: no more (trouble.py:20)"),
    ],
)
def test_whatever_ends_a_job_the_others_go_on_and_a_second_try_does_only_that_job(
    tmp_path, kind, said
):
    command = ("-m", *JOBS, *trouble(tmp_path, kind), "hydra.sweep.dir=s", "seed=0,1,2")
    done = framework(*command, cwd=tmp_path)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("error: job 1 (")
    assert said in last
    assert "Traceback" not in done.stderr
    assert ledger(tmp_path / "s") == {
        "seed=0": "finished",
        "seed=1": "failed",
        "seed=2": "finished",
    }
    assert [row["overrides"] for row in board(tmp_path / "s")].count("seed=1") == 0

    before = contents(tmp_path / "s" / "0")
    (tmp_path / "mended").touch()
    again = framework(*command, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "job 0: finished in 0 before" in again.stderr
    assert contents(tmp_path / "s" / "0") == before
    assert set(ledger(tmp_path / "s").values()) == {"finished"}
    assert len(board(tmp_path / "s")) == 3


def test_a_job_whose_callback_failed_is_done_and_named(tmp_path):
    (tmp_path / "trouble.py").write_text(TROUBLE)
    broken = ("plugins=[trouble]", "+callbacks.bell.name=broken")
    done = framework("-m", *JOBS, *broken, "hydra.sweep.dir=s", "seed=0,1", cwd=tmp_path)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("error: job 1 (")
    assert "finished, but: callbacks.bell (trouble) failed in framework_epoch_ended" in last
    assert ledger(tmp_path / "s") == {"seed=0": "finished", "seed=1": "finished"}
    assert len(board(tmp_path / "s")) == 2


def test_a_killed_worker_is_named_and_its_job_done_by_the_second_try(tmp_path):
    pytest.importorskip("joblib")
    command = ("-m", *JOBS, *trouble(tmp_path, "kill"), "hydra.sweep.dir=s", "seed=0,1,2,3")
    parallel = (*command, "hydra/launcher=parallel", "hydra.launcher.n_jobs=2")
    done = framework(*parallel, cwd=tmp_path)
    assert done.returncode == 1
    assert "seed=1) did not finish" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hydra.sweep.dir=s" in done.stderr
    assert ledger(tmp_path / "s")["seed=0"] == "finished"
    (tmp_path / "mended").touch()
    again = framework(*parallel, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert len(board(tmp_path / "s")) == 4


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep that was never interrupted."""
    cwd = tmp_path_factory.mktemp("whole")
    done = framework("-m", *LONG, "seed=0,1,2", "hydra.sweep.dir=s", cwd=cwd)
    assert done.returncode == 0, done.stderr
    return cwd / "s"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_sweep_that_was_killed_does_only_what_is_missing(tmp_path, whole, how):
    command = ("-m", *LONG, "seed=0,1,2")
    process = started(*command, "hydra.sweep.dir=s", cwd=tmp_path)
    until(tmp_path / "s" / "1" / "metrics.csv", process)
    time.sleep(0.05)
    os.killpg(process.pid, how)
    _, said = process.communicate(timeout=30)
    assert process.returncode not in (0, 1), said
    assert ledger(tmp_path / "s") == {"seed=0": "finished", "seed=1": "running"}
    first = contents(tmp_path / "s" / "0")

    again = framework(*command, "hydra.sweep.dir=s", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "job 0: finished in 0 before" in again.stderr
    assert contents(tmp_path / "s" / "0") == first
    assert board(tmp_path / "s") == board(whole)
    name = "leaderboard_seeds.csv"
    assert (tmp_path / "s" / name).read_bytes() == (whole / name).read_bytes()
    for job in "012":
        for file in ("losses.npy", "checkpoints/final.safetensors"):
            one, other = (sweep / job / file for sweep in (whole, tmp_path / "s"))
            assert one.read_bytes() == other.read_bytes()


def test_further_values_take_nothing_from_those_that_are_done(tmp_path):
    small = framework(
        "-m", *JOBS, "layer=dense,dense_xavier", "seed=0,1", "hydra.sweep.dir=s", cwd=tmp_path
    )
    assert small.returncode == 0, small.stderr
    before = {job: contents(tmp_path / "s" / job) for job in "0123"}
    wide = ("-m", *JOBS, "layer=dense,dense_xavier", "seed=0,1,2")
    done = framework(*wide, "hydra.sweep.dir=s", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert before == {job: contents(tmp_path / "s" / job) for job in "0123"}
    assert done.stderr.count("before") == 4
    fresh = framework(*wide, "hydra.sweep.dir=fresh", cwd=tmp_path)
    assert fresh.returncode == 0, fresh.stderr

    def rows(sweep: str) -> list[dict[str, str]]:
        return [{k: v for k, v in r.items() if k != "job"} for r in board(tmp_path / sweep)]

    assert rows("s") == rows("fresh")
    assert len({row["job"] for row in board(tmp_path / "s")}) == 6


def test_code_that_changed_makes_its_jobs_new(tmp_path):
    own = trouble(tmp_path, "none")
    command = ("-m", *JOBS, *own, "hydra.sweep.dir=s", "seed=0,1")
    assert framework(*command, cwd=tmp_path).returncode == 0
    (tmp_path / "trouble.py").write_text(TROUBLE + "\nVERSION = 2\n")
    done = framework(*command, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "before" not in done.stderr
    assert {row["job"] for row in board(tmp_path / "s")} == {"0_1", "1_1"}
    assert (tmp_path / "s" / "0" / "summary.json").exists()


def test_a_damaged_record_costs_its_job_and_no_other(tmp_path):
    command = ("-m", *JOBS, "hydra.sweep.dir=s", "seed=0,1")
    assert framework(*command, cwd=tmp_path).returncode == 0
    whole = board(tmp_path / "s")
    (path,) = (p for p in (tmp_path / "s" / "ledger").glob("*.json") if "seed=1" in p.read_text())
    for damage in (path.read_bytes()[:50], path.read_bytes().replace(b'"1"', b'"../../x"')):
        path.write_bytes(damage)
        done = framework(*command, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "is not a readable record" in done.stderr
        assert board(tmp_path / "s") == whole
    assert not (tmp_path.parent / "x").exists()


def test_two_command_lines_share_a_sweep_without_doing_a_job_twice(tmp_path):
    command = ("-m", *LONG, "hydra.sweep.dir=s", "seed=0,1,2")
    both = [started(*command, cwd=tmp_path) for _ in range(2)]
    said = [process.communicate(timeout=120)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sum(text.count("epoch 30/30") for text in said) == 3
    assert sum(text.count(" before") for text in said) == 3
    assert len(board(tmp_path / "s")) == 3


def test_sweeps_of_the_same_second_share_no_directory(tmp_path):
    place = "hydra.sweep.dir='${new_directory:same}'"
    several = [started("-m", *JOBS, "seed=0,1", place, cwd=tmp_path) for _ in range(3)]
    several += [started("-m", *JOBS, "seed=0,1", cwd=tmp_path) for _ in range(3)]
    for process in several:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
    sweeps = [*tmp_path.glob("same*"), *tmp_path.glob("outputs/multirun/*/*")]
    assert len(sweeps) == 6
    for sweep in sweeps:
        assert len(board(sweep)) == 2
        assert "before" not in (sweep / "0" / "run.log").read_text()


def test_zipped_values_are_points_and_not_a_grid(tmp_path):
    done = framework(
        "-m",
        *JOBS,
        "layer=zip(dense,dense_xavier,dense_l2)",
        "seed=zip(3,4,5)",
        "trainer.batch_size=16,32",
        "hydra.sweep.dir=s",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    found = {row["overrides"] for row in board(tmp_path / "s")}
    pairs = ("layer=dense seed=3", "layer=dense_xavier seed=4", "layer=dense_l2 seed=5")
    assert found == {f"trainer.batch_size={n} {pair}" for n in (16, 32) for pair in pairs}
    for job in range(6):
        text = (tmp_path / "s" / str(job) / ".hydra" / "config.yaml").read_text()
        assert f"seed: {3 + job % 3}" in text
        assert "\npoint:" not in text


def test_zipped_lists_of_different_lengths_are_one_line(tmp_path):
    done = framework("-m", *JOBS, "layer=zip(dense,dense_xavier)", "seed=zip(1,2,3)", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        "error: zip(…): lists of the same length are needed, got layer 2, seed 3\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_seeds_are_summarised_with_a_confidence_interval(tmp_path):
    done = framework(
        "-m",
        *JOBS,
        "layer=dense_xavier,dense_rmsprop",
        "seed=0,1,2",
        "hydra.sweep.dir=s",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    rows = board(tmp_path / "s", "leaderboard_seeds.csv")
    assert {row["overrides"] for row in rows} == {"layer=dense_xavier", "layer=dense_rmsprop"}
    for row in rows:
        scores = [
            json.loads((tmp_path / "s" / one["job"] / "summary.json").read_text())["score"]["value"]
            for one in board(tmp_path / "s")
            if one["overrides"].startswith(row["overrides"])
        ]
        assert len(scores) == int(row["runs"]) == 3
        mean = sum(scores) / 3
        spread = (sum((s - mean) ** 2 for s in scores) / 2) ** 0.5
        half = 4.302653 * spread / 3**0.5  # Student's t for two degrees of freedom, from a table
        assert float(row["validation_accuracy"]) == pytest.approx(mean, abs=1e-4)
        assert float(row["deviation"]) == pytest.approx(spread, abs=1e-4)
        assert float(row["low_95"]) == pytest.approx(mean - half, abs=1e-4)
        assert float(row["high_95"]) == pytest.approx(mean + half, abs=1e-4)
    assert "95 % interval of the mean" in done.stderr


def test_unpromising_runs_are_ended_early(tmp_path):
    rates = "layer.update_rule.learning_rate=0.5,0.6,0.7,0.8,1e-5"
    command = (
        "-m",
        "data=spirals",
        "trainer.epochs=8",
        "layer=dense_xavier",
        "callbacks=pruning",
        "~callbacks.pictures",
        "hydra.sweep.dir=s",
        rates,
    )
    done = framework(*command, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "s" / "4" / "summary.json").read_text())
    assert summary["epochs"] == 3
    assert "worse than the median" in summary["stopped"]
    assert list(ledger(tmp_path / "s").values()).count("pruned") == 1
    assert board(tmp_path / "s")[-1]["epochs"] == "3"
    again = framework(*command, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "job 4: pruned in 4 before" in again.stderr


def test_a_single_run_is_never_pruned(tmp_path):
    alone = ("callbacks=pruning", "callbacks.pruning.runs=1", "callbacks.pruning.epochs=1")
    for seed in range(2):
        done = framework(*JOBS, *alone, "trainer.epochs=3", f"seed={seed}", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "stopped" not in done.stderr
