"""A sweep's ledger looks at what it believes, and names every job that is missing."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.end_to_end.faults import Runs, runs

pytestmark = pytest.mark.slow  # processes by the dozen

JOBS = (
    *("-m", "data=spirals", "data.points=96", "trainer.epochs=1", "callbacks=none"),
    "hydra.sweep.dir=s",
)


@pytest.fixture(scope="module")
def warm():
    with runs() as found:
        yield found


def done(warm: Runs, folder: Path, *arguments: str, status: int = 0) -> str:
    outcome = warm.run(folder, *arguments)
    assert outcome.status == status, outcome.said
    assert "Traceback" not in outcome.said
    assert "unexpected" not in outcome.said
    return outcome.said


def board(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "s/leaderboard.csv").open() as file:
        return {row["job"]: row for row in csv.DictReader(file)}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_what_is_gone_or_damaged_is_done_again(warm, tmp_path):
    seeds = "seed=0,1,2,3,4"
    done(warm, tmp_path, *JOBS, seeds)
    whole = {job: row["validation_accuracy"] for job, row in board(tmp_path).items()}
    kept = contents(tmp_path / "s/4")
    shutil.rmtree(tmp_path / "s/0")
    (tmp_path / "s/1/summary.json").unlink()
    (tmp_path / "s/2/summary.json").write_text('{"epochs":')
    shutil.rmtree(tmp_path / "s/3/.hydra")
    (tmp_path / "s/3/summary.json").write_text("{}")
    said = done(warm, tmp_path, *JOBS, seeds)
    assert said.count("doing it again") == 4
    assert "job 0: was done, but " in said
    assert "s/0/summary.json is gone" in said
    assert {job: row["validation_accuracy"] for job, row in board(tmp_path).items()} == whole
    assert contents(tmp_path / "s/4") == kept
    said = done(warm, tmp_path, *JOBS, seeds)
    assert said.count(" before") == 5


def test_a_job_that_was_changed_is_no_longer_that_job(warm, tmp_path):
    done(warm, tmp_path, *JOBS, "seed=0,1")
    before = board(tmp_path)
    done(warm, tmp_path, "job=resume", "run=s/0", "trainer.epochs=2")
    changed = contents(tmp_path / "s/0")
    said = done(warm, tmp_path, *JOBS, "seed=1")
    assert "job 0 (" in said
    assert "is not on the board: " in said
    assert "summary.json is not the one that the job left" in said
    assert board(tmp_path).keys() == {"1"}
    said = done(warm, tmp_path, *JOBS, "seed=0,1")
    assert "doing it again" in said
    assert board(tmp_path).keys() == {"0_1", "1"}
    assert board(tmp_path)["0_1"]["validation_accuracy"] == before["0"]["validation_accuracy"]
    assert contents(tmp_path / "s/0") == changed


def test_a_damaged_summary_does_not_close_the_board(warm, tmp_path):
    done(warm, tmp_path, *JOBS, "seed=0,1,2")
    (tmp_path / "s/0/summary.json").write_text("[]")
    shutil.rmtree(tmp_path / "s/1")
    said = done(warm, tmp_path, *JOBS, "seed=2,3")
    assert said.count("is not on the board") == 2
    assert len(board(tmp_path)) == 2


@pytest.mark.parametrize("damage", [b"", b"\0" * 32, b"half of a k"])
def test_a_mark_that_a_full_disk_left_is_nobodys(warm, tmp_path, damage):
    for name in ("0", "1"):
        (tmp_path / "s" / name).mkdir(parents=True)
        (tmp_path / "s" / name / ".job").write_bytes(damage)
    done(warm, tmp_path, *JOBS, "seed=0,1")
    assert board(tmp_path).keys() == {"0", "1"}


def test_what_a_killed_writer_left_is_removed(warm, tmp_path):
    done(warm, tmp_path, *JOBS, "seed=0")
    (record,) = (tmp_path / "s/ledger").glob("*.json")
    left = [
        tmp_path / f"s/ledger/.part-0123456789ab.{record.name}",
        tmp_path / "s/ledger/.part-0123456789ab.json",
        tmp_path / "s/.part-0123456789ab.leaderboard.csv",
    ]
    for path in left:
        path.write_text("{")
        os.utime(path, (0, 0))
    said = done(warm, tmp_path, *JOBS, "seed=0")
    assert not list((tmp_path / "s").rglob(".part-*"))
    assert "readable record" not in said


FAILING = """
from dataclasses import dataclass
from pathlib import Path
import os, signal, time
from framework import Schedule, hookimpl

@dataclass(frozen=True)
class Trouble(Schedule):
    'Fails, or ends its process, once a file is there.'
    kind: str
    seed: int
    def at(self, step):
        Path(f'began{self.seed}').touch()
        if self.kind == 'fail':
            while not Path('go').exists():
                time.sleep(0.01)
            raise RuntimeError('no more')
        if self.kind == 'kill' and self.seed == 1:
            time.sleep(0.3)
            os.kill(os.getpid(), signal.SIGKILL)
        return 0.1

@hookimpl
def framework_schedules():
    return {'trouble': Trouble}
"""


def trouble(folder: Path, kind: str) -> tuple[str, ...]:
    (folder / "failing.py").write_text(FAILING)
    rate = f"layer.update_rule.learning_rate={{name:trouble,kind:{kind},seed:'${{seed}}'}}"
    return ("plugins=[failing]", rate)


def test_two_command_lines_both_say_what_failed(tmp_path):
    """Whichever of them ran a job last."""
    words = [sys.executable, "-m", "framework", *JOBS, *trouble(tmp_path, "fail"), "seed=0,1"]
    both = [
        subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    until = time.monotonic() + 60
    while not (tmp_path / "began0").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    (tmp_path / "go").touch()
    for process in both:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 1, said
        assert said.count("\nerror: job ") == 2, said


def test_after_a_workers_death_every_missing_job_is_named(tmp_path):
    pytest.importorskip("joblib")
    command = [
        *(sys.executable, "-m", "framework", *JOBS, *trouble(tmp_path, "kill")),
        *("seed=0,1,2,3,4,5,6,7", "hydra/launcher=parallel", "hydra.launcher.n_jobs=2"),
    ]
    found = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert found.returncode == 1
    states = [json.loads(p.read_text()) for p in (tmp_path / "s/ledger").glob("*.json")]
    whole = sum(state["status"] == "finished" for state in states)
    named = [line for line in found.stderr.splitlines() if line.startswith("error: job ")]
    assert len(named) == 8 - whole
    assert any("seed=1) did not finish" in line for line in named)


def test_a_record_that_cannot_be_written_costs_its_job_alone(warm, tmp_path):
    """The sweep goes on with the others, and names it."""
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere")
    (tmp_path / "s/1").mkdir(parents=True)
    (tmp_path / "s/1").chmod(0o500)
    said = done(warm, tmp_path, *JOBS, "seed=0,1,2", status=1)
    assert said.splitlines()[-1].startswith("error: job 1 (")
    assert board(tmp_path).keys() == {"0", "2"}
