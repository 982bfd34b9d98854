"""What was decided or went wrong in a run is not forgotten when it is stopped and gone on with."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from framework.runs.choose_checkpoint import checkpoints
from tests.end_to_end.faults import Runs, runs
from tests.end_to_end.same import assert_same

pytestmark = pytest.mark.slow  # processes by the dozen

QUICK = (
    *("data=spirals", "data.points=96", "trainer.batch_size=32", "trainer.epochs=6"),
    *("~callbacks.pictures", "plugins=[decisive]"),
)
RESUME = ("job=resume", "run=run", "plugins=[decisive]")
MODULE = """
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from framework import Callback, hookimpl

def strike(moment):
    mark = Path(moment)
    if mark.exists():
        number = getattr(signal, mark.read_text())
        mark.unlink()
        os.kill(os.getpid(), number)

@dataclass(frozen=True)
class Stop(Callback):
    'Stops the run after its third epoch, once and for all.'
    passive: ClassVar[bool] = PASSIVE

    @hookimpl
    def framework_epoch_ended(self, run, record):
        if record.number == 3:
            run.stop('after epoch 3')
            strike('decided')
    @hookimpl
    def framework_steps_ended(self, run, step):
        if run.trainer.epoch == 3:
            strike('later')
    @hookimpl
    def framework_training_ended(self, run):
        strike('trained')

@dataclass(frozen=True)
class Fail(Callback):
    'Fails in the second epoch.'
    passive: ClassVar[bool] = True

    @hookimpl
    def framework_epoch_started(self, epoch):
        if epoch == 2:
            raise RuntimeError('no more')

@dataclass(frozen=True)
class Strike(Callback):
    'Ends the process in the fourth epoch.'
    passive: ClassVar[bool] = True

    @hookimpl
    def framework_epoch_started(self, epoch):
        if epoch == 4:
            strike('fourth')

@hookimpl
def framework_callbacks():
    return {'stop': Stop, 'fail': Fail, 'strike': Strike}
"""


@pytest.fixture(scope="module")
def warm():
    with runs() as found:
        yield found


def write(folder: Path, *, passive: bool = False) -> None:
    (folder / "decisive.py").write_text(MODULE.replace("PASSIVE", str(passive)))


def done(warm: Runs, folder: Path, *arguments: str, status: int = 0) -> str:
    outcome = warm.run(folder, *arguments)
    assert outcome.status == status, outcome.said
    return outcome.said


@pytest.mark.parametrize(
    ("passive", "moment", "number", "epochs"),
    [
        (False, "decided", "SIGTERM", 3),
        (False, "trained", "SIGTERM", 3),
        (False, "trained", "SIGKILL", 3),
        (True, "decided", "SIGTERM", 4),
        (True, "later", "SIGTERM", 4),
        (True, "trained", "SIGKILL", 4),
    ],
)
def test_an_early_stop_is_kept(warm, tmp_path, passive, moment, number, epochs):
    """No further epoch is trained, and the bytes are those of a run that nobody disturbed."""
    write(tmp_path, passive=passive)
    command = (*QUICK, "+callbacks.stop.name=stop")
    done(warm, tmp_path, *command, "hydra.run.dir=whole")
    (tmp_path / moment).write_text(number)
    status = {"SIGTERM": 143, "SIGKILL": -9}[number]
    done(warm, tmp_path, *command, "hydra.run.dir=run", status=status)
    assert not (tmp_path / "run/summary.json").exists()
    done(warm, tmp_path, *RESUME)
    assert_same(tmp_path / "whole", tmp_path / "run")
    summary = json.loads((tmp_path / "run/summary.json").read_text())
    assert (summary["epochs"], summary["stopped"]) == (epochs, "after epoch 3")


def test_a_stopped_run_is_finished_until_it_shall_be_longer(warm, tmp_path):
    write(tmp_path)
    command = (*QUICK, "+callbacks.stop.name=stop", "hydra.run.dir=run")
    done(warm, tmp_path, *command)
    before = (tmp_path / "run/summary.json").read_bytes()
    for again in (RESUME, (*command, "trainer.resume=auto")):
        assert "the run is finished after 3 epochs" in done(warm, tmp_path, *again)
        assert (tmp_path / "run/summary.json").read_bytes() == before
    done(warm, tmp_path, *RESUME, "trainer.epochs=8")
    assert json.loads((tmp_path / "run/summary.json").read_text())["epochs"] == 8


def test_a_failed_callback_stays_failed(warm, tmp_path):
    """The exit status, the last line and the summary of a resumed run still say so."""
    write(tmp_path)
    command = (*QUICK, "+callbacks.fail.name=fail", "+callbacks.strike.name=strike")
    (tmp_path / "fourth").write_text("SIGTERM")
    done(warm, tmp_path, *command, "hydra.run.dir=run", status=143)
    for _ in range(2):  # the second time, the run is finished already
        said = done(warm, tmp_path, *RESUME, status=1)
        line = "callbacks.fail (decisive) failed in framework_epoch_started"
        assert said.splitlines()[-1].startswith(f"error: {line}")
    (failure,) = json.loads((tmp_path / "run/summary.json").read_text())["failed_callbacks"]
    assert failure["callback"] == "fail"
    assert "no more" in failure["error"]


def test_a_module_that_changed_is_said(warm, tmp_path):
    """As other versions are; a module of a package counts as the package."""
    package = tmp_path / "decisive"
    package.mkdir()
    (package / "inner.py").write_text(MODULE.replace("PASSIVE", "False"))
    (package / "__init__.py").write_text("from decisive.inner import framework_callbacks\n")
    done(warm, tmp_path, *QUICK, "hydra.run.dir=run")
    longer = (*RESUME, "trainer.epochs=7")
    (package / "inner.py").write_text(MODULE.replace("PASSIVE", "True"))
    said = done(warm, tmp_path, *longer)
    assert "the module 'decisive' has changed since: figures may differ" in said
    assert "has changed" not in done(warm, tmp_path, *RESUME, "trainer.epochs=8")


SLOW = """
import time
from dataclasses import dataclass
from pathlib import Path
from framework import Data, Dataset, Split, hookimpl
import numpy as np

@dataclass(frozen=True)
class Slow(Dataset):
    'Is there when somebody says so.'
    def load(self, rng):
        Path('loading').touch()
        until = time.monotonic() + 60
        while not Path('go').exists() and time.monotonic() < until:
            time.sleep(0.01)
        split = Split(rng.normal(size=(64, 2)), np.arange(64) % 2)
        return Data(split, split, split, classes=2, source='slow')

@hookimpl
def framework_datasets():
    return {'slow': Slow}
"""


def test_a_run_that_was_slow_to_load_overwrites_none(warm, tmp_path):
    (tmp_path / "slow.py").write_text(SLOW)
    slow = ("plugins=[slow]", "data=slow", "~callbacks.pictures", "trainer.epochs=1")
    command = [sys.executable, "-m", "framework", *slow, "hydra.run.dir=run"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "loading").exists():
        assert process.poll() is None
    quick = ("data=spirals", "trainer.epochs=1", "~callbacks.pictures", "hydra.run.dir=run")
    done(warm, tmp_path, *quick)
    before = {p: p.read_bytes() for p in (tmp_path / "run").rglob("*") if p.is_file()}
    (tmp_path / "go").touch()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "run: holds a run already" in said
    assert before == {p: p.read_bytes() for p in (tmp_path / "run").rglob("*") if p.is_file()}


def test_without_checkpoints_a_finished_run_is_finished(warm, tmp_path):
    quick = ("data=spirals", "trainer.epochs=1", "callbacks=none", "checkpoint=none")
    done(warm, tmp_path, *quick, "hydra.run.dir=run")
    assert not checkpoints(tmp_path / "run")
    before = (tmp_path / "run/summary.json").read_bytes()
    for again in (("job=resume", "run=run"), (*quick, "hydra.run.dir=run", "trainer.resume=auto")):
        said = done(warm, tmp_path, *again)
        assert "the run is finished after 1 epochs; it left no checkpoint" in said
        assert (tmp_path / "run/summary.json").read_bytes() == before
    shutil.rmtree(tmp_path / "run/.hydra")
    done(warm, tmp_path, *quick, "hydra.run.dir=run", "trainer.resume=auto")
