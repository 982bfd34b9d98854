"""Signals from the first moment on, to one process or to its whole group, and to sweeps."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from functools import partial
from pathlib import Path

import pytest

from framework.runs import checkpoint_file
from framework.runs.choose_checkpoint import checkpoints
from tests.end_to_end.command import framework
from tests.end_to_end.processes import nothing_left_in, processes_in, started, wait_until
from tests.end_to_end.same import assert_same
from tests.end_to_end.test_launchers import LAUNCHERS, installed

pytestmark = [pytest.mark.slow, pytest.mark.own_process]  # processes by the dozen

MEASURED_ASIDE = (
    *("data=spirals", "layer=dense_xavier", "model.hidden=[600,600]", "~callbacks.pictures"),
)
SWEEP = ("data=spirals", "model.hidden=[8]", "callbacks=none", "hydra.sweep.dir=s")
STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


def stopped_in_time(process: subprocess.Popen[str], folder: Path, number: int) -> None:
    """Send a signal to a run's group; it has a checkpoint, and said how to resume."""
    with nothing_left_in(folder):
        os.killpg(process.pid, number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == STATUS[signal.Signals(number)]
    assert said.splitlines()[-1].startswith("error: interrupted; job=resume run=")
    assert "Traceback" not in said
    checkpoint_file.read(checkpoints(folder / "run")[0])


def catches(pid: int, number: int) -> bool:
    """Say whether a process has a handler for a signal: Python has begun, and so have we."""
    status = Path(f"/proc/{pid}/status").read_text()
    (caught,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught, 16) >> (number - 1) & 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_whole_group_is_told_to_end(tmp_path, number):
    """The process that measures epochs hears it, too, and is needed for the checkpoint."""
    long = (*MEASURED_ASIDE, "trainer.epochs=1000", "hydra.run.dir=run", "checkpoint=none")
    process = started(*long, cwd=tmp_path)
    wait_until((tmp_path / "run/metrics.csv").exists, process)
    stopped_in_time(process, tmp_path, number)


@pytest.mark.slow
def test_a_whole_group_is_told_to_end_at_any_moment(tmp_path):
    given = (*MEASURED_ASIDE, "trainer.epochs=12")
    assert framework(*given, "hydra.run.dir=whole", cwd=tmp_path).returncode == 0
    for number in range(6):
        folder = tmp_path / str(number)
        folder.mkdir()
        process = started(*given, "hydra.run.dir=run", cwd=folder)
        wait_until((folder / "run/metrics.csv").exists, process)
        time.sleep(0.08 * number)
        stopped_in_time(process, folder, signal.SIGTERM)
        done = framework("job=resume", "run=run", cwd=folder)
        assert done.returncode == 0, done.stderr
        assert_same(tmp_path / "whole", folder / "run")


def test_before_there_is_anything_to_lose_it_is_one_line(tmp_path):
    """While modules are imported, jobs are composed, data are read."""
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(30)\n")
    sweep = ("-m", "seed=range(300)", "data=spirals", "plugins=[slow]")
    for number, seconds in ((signal.SIGINT, 0.0), (signal.SIGTERM, 0.2), (signal.SIGINT, 1.5)):
        process = started(*sweep, cwd=tmp_path)
        wait_until(partial(catches, process.pid, signal.SIGTERM), process)
        time.sleep(seconds)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
        assert (process.returncode, said) == (STATUS[number], "error: interrupted\n")
    assert [path.name for path in tmp_path.iterdir() if path.name != "__pycache__"] == ["slow.py"]


def test_what_is_ignored_stays_so(tmp_path):
    """A shell's `&` starts what Ctrl-C does not end."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = started("data=spirals", "trainer.epochs=100000", "callbacks=none", cwd=tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)
    wait_until(lambda: list(tmp_path.glob("outputs/*/*/checkpoints/step-*")), process)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 143


CASES = [  # a terminal tells a group, a scheduler either
    (launcher, number, whom)
    for launcher in ("basic", "parallel", "slurm_local", "ray_local")
    for number, whom in (
        (signal.SIGINT, "group"),
        (signal.SIGHUP, "group"),
        (signal.SIGTERM, "group"),
        (signal.SIGTERM, "process"),
    )
]


@pytest.mark.parametrize(("launcher", "number", "whom"), CASES)
def test_a_sweep_ends_with_all_its_jobs(tmp_path, launcher, number, whom):
    if launcher != "basic" and not installed(LAUNCHERS[launcher]):
        pytest.skip(f"{LAUNCHERS[launcher]} is not installed")
    jobs = 1 if launcher == "basic" else 2
    more = ("hydra.launcher.n_jobs=2",) if launcher == "parallel" else ()
    command = (*SWEEP, "trainer.epochs=100000", f"hydra/launcher={launcher}", *more)
    process = started("-m", *command, "seed=0,1", cwd=tmp_path)
    wait_until(lambda: all(checkpoints(tmp_path / "s" / str(n)) for n in range(jobs)), process)
    with nothing_left_in(tmp_path):
        (os.killpg if whom == "group" else os.kill)(process.pid, number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == STATUS[number]
    assert said.splitlines()[-1] == (
        "error: interrupted; the same command with hydra.sweep.dir=s does what is missing"
    )
    assert "Traceback" not in said
    records = [json.loads(path.read_text()) for path in tmp_path.glob("s/ledger/*.json")]
    assert [record["status"] for record in records] == ["running"] * jobs
    for record in records:
        directory = tmp_path / "s" / record["directory"]
        position = checkpoint_file.read(checkpoints(directory)[0]).about["position"]
        log = directory / "run.log"
        assert not log.exists() or "interrupted" in log.read_text()
        assert position["steps"] > 0


@pytest.mark.parametrize(
    "launcher", ["parallel", pytest.param("slurm_local", marks=pytest.mark.slow)]
)
def test_jobs_whose_sweep_was_killed_end_too(tmp_path, launcher):
    more = ("hydra.launcher.n_jobs=2",) if launcher == "parallel" else ()
    command = (*SWEEP, "trainer.epochs=100000", f"hydra/launcher={launcher}", *more)
    process = started("-m", *command, "seed=0,1", cwd=tmp_path)
    wait_until(lambda: all(checkpoints(tmp_path / "s" / job) for job in "01"), process)
    with nothing_left_in(tmp_path):
        process.kill()
        process.communicate(timeout=60)
    for job in "01":
        checkpoint_file.read(checkpoints(tmp_path / "s" / job)[0])


def test_a_scheduler_that_queues_a_job_again(tmp_path):
    """As Slurm does at the time limit: submitit's handler ends the process, and starts it anew."""
    if not installed(LAUNCHERS["slurm_local"]):
        pytest.skip("submitit is not installed")
    some = ("trainer.epochs=100", "checkpoint.epochs=10")
    command = (*SWEEP, *some, "hydra/launcher=slurm_local")
    process = started("-m", *command, "seed=0,1", cwd=tmp_path)
    wait_until(lambda: checkpoints(tmp_path / "s/0"), process)
    tasks = [n for n, line in processes_in(tmp_path).items() if "submitit.core._submit" in line]
    for task in tasks:
        os.kill(task, signal.SIGUSR2)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    logs = "".join(path.read_text() for path in tmp_path.glob("s/.submitit/*/*log.out"))
    assert logs.count("Requeued job") == len(tasks) == 2
    serial = framework("-m", *SWEEP[:-1], *some, "seed=0,1", cwd=tmp_path)
    assert serial.returncode == 0, serial.stderr
    (other,) = tmp_path.glob("outputs/multirun/*/*")
    for job in "01":
        assert_same(other / job, tmp_path / "s" / job)


RAISES = """
import asyncio
from dataclasses import dataclass
from framework import Schedule, hookimpl

class Own(BaseException):
    pass

KINDS = {"cancelled": asyncio.CancelledError, "generator": GeneratorExit, "own": Own}

@dataclass(frozen=True)
class Raises(Schedule):
    'Raises what is no Exception.'
    kind: str = "cancelled"
    def at(self, step):
        if self.kind in KINDS:
            raise KINDS[self.kind]
        return 0.1

@hookimpl
def framework_schedules():
    return {"raises": Raises}
"""


def test_whatever_a_plugin_raises_is_its_own_jobs_failure(tmp_path):
    (tmp_path / "raises.py").write_text(RAISES)
    given = (
        "plugins=[raises]",
        "trainer.epochs=1",
        "layer.update_rule.learning_rate={name: raises}",
    )
    kinds = "++layer.update_rule.learning_rate.kind=cancelled,none,generator,own"
    done = framework("-m", *SWEEP, *given, kinds, cwd=tmp_path)
    assert done.returncode == 1
    failures = [line for line in done.stderr.splitlines() if line.startswith("error: job ")]
    assert len(failures) == 3
    for line, name in zip(failures, ("CancelledError", "GeneratorExit", "Own"), strict=True):
        assert name in line
    assert (tmp_path / "s/1/summary.json").exists()
    alone = framework("data=spirals", "callbacks=none", *given, cwd=tmp_path)
    assert alone.returncode == 1
    assert "CancelledError" in alone.stderr
    assert len(alone.stderr.splitlines()) == 1
