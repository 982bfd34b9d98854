"""Whatever strikes a run, it can be gone on with, and comes to the same bytes."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from framework.runs.choose_checkpoint import checkpoints
from tests.end_to_end.command import framework
from tests.end_to_end.faults import ERRORS, Fault, Outcome, Runs, kinds, runs
from tests.end_to_end.same import assert_nothing_half_written, assert_same
from tests.end_to_end.test_resume import STATEFUL

pytestmark = pytest.mark.slow  # processes by the dozen

RUN = (
    *STATEFUL,
    "data.points=96",
    "trainer.batch_size=16",
    "trainer.epochs=2",
    "checkpoint.steps=4",
    "hydra.run.dir=run",
    "trainer.resume=auto",
)


@dataclass
class Bench:
    """A warm process, and a run without faults to compare with."""

    runs: Runs
    whole: Path
    outcome: Outcome

    def strike(self, cwd: Path, fault: Fault) -> Outcome:
        """Have a run struck by a fault, look at what it left, go on with it, and compare."""
        self.prepare(cwd)
        struck = self.runs.run(cwd, *RUN, fault=fault)
        self.look(cwd, struck, fault)
        resumed = self.runs.run(cwd, *RUN)
        assert resumed.status == 0, resumed.said
        assert_same(self.whole / "run", cwd / "run")
        assert not list(cwd.rglob(".part-*"))
        return struck

    def prepare(self, cwd: Path) -> None:
        shutil.rmtree(cwd / "run", ignore_errors=True)
        shutil.copy(Path(__file__).with_name("stateful.py"), cwd)

    def look(self, cwd: Path, struck: Outcome, fault: Fault) -> None:
        """Hold what a struck run said and left to what it promises."""
        assert "Traceback" not in struck.said
        if fault.what in ERRORS and struck.status != 0:
            assert struck.status == 1
            errors = [line for line in struck.said.splitlines() if line.startswith("error: ")]
            assert len(errors) == 1
            assert os.strerror(getattr(__import__("errno"), fault.what)) in errors[0]
            assert "/run" in errors[0]
        elif struck.status != 0:
            assert struck.status == -9
        if (cwd / "run").exists():
            assert_nothing_half_written(cwd / "run")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("whole")
    with runs() as warm:
        found = Bench(warm, folder, Outcome(0, "", [], 0))
        found.prepare(folder)
        for _ in range(2):  # the second time at its usual speed
            shutil.rmtree(folder / "run", ignore_errors=True)
            found.outcome = warm.run(folder, *RUN)
        assert found.outcome.status == 0, found.outcome.said
        yield found


def ends_of(operations: list[str]) -> list[int]:
    """Number the first and the last operation of each kind."""
    return sorted({number for numbers in kinds(operations) for number in (numbers[0], numbers[-1])})


@pytest.mark.parametrize("start", range(2))  # two cases, which run side by side
def test_crashes_at_every_kind_of_operation(bench, tmp_path, start):
    operations = bench.outcome.operations
    assert len(operations) > 100
    assert sum("/checkpoints/.part-" in operation for operation in operations) >= 10
    for number in ends_of(operations)[start::2]:
        assert bench.strike(tmp_path, Fault("crash", number)).status == -9


@pytest.mark.parametrize("start", range(2))
def test_every_kind_of_operation_fails(bench, tmp_path, start):
    """By one error after the other in turn: now the first of a kind, now the last."""
    errors = itertools.cycle(ERRORS)
    for i, numbers in list(enumerate(kinds(bench.outcome.operations)))[start::2]:
        number = numbers[-(i // 2 % 2)]
        struck = bench.strike(tmp_path, Fault(next(errors), number))
        assert len(struck.operations) >= number


def test_killed_in_the_middle_of_writes(bench, tmp_path):
    operations = bench.outcome.operations
    numbers = [i for i in ends_of(operations) if operations[i - 1].startswith("write")]
    assert len(numbers) > 10
    for number in numbers:
        assert bench.strike(tmp_path, Fault("half", number)).status == -9


def test_killed_at_random_moments(bench, tmp_path):
    _kill_at_random(bench, tmp_path, 30)


def _kill_at_random(bench: Bench, folder: Path, count: int) -> None:
    """Kill at random moments until so many kills struck; on a busy machine some come too late."""
    draw = random.Random(count)
    seconds, killed = bench.outcome.seconds, 0
    for _ in range(8 * count):
        struck = bench.strike(folder, Fault("SIGKILL", seconds=draw.uniform(0.02, seconds)))
        killed += struck.status == -9
        if struck.status == 0:
            seconds = min(seconds, struck.seconds)
        if killed == count:
            return
    raise AssertionError(f"only {killed} of {8 * count} kills came in time")


def test_killed_again_and_again(bench, tmp_path):
    """Each life gets a little further; the last one ends the run."""
    bench.prepare(tmp_path)
    number, lives = 75, 0
    while True:
        lives += 1
        struck = bench.runs.run(tmp_path, *RUN, fault=Fault("crash", number))
        if struck.status == 0:
            break
        assert_nothing_half_written(tmp_path / "run")
        assert lives < 40
    assert lives > 2
    assert_same(bench.whole / "run", tmp_path / "run")


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("this user cannot mount a small filesystem")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.parametrize("callbacks", ["none", "default"])
def test_a_full_disk(tiny_disk, callbacks):
    """A real one, pictures and all; with more room, the run is gone on with."""
    quick = ("data=spirals", "trainer.epochs=4", f"callbacks={callbacks}", "layer=dense_rmsprop")
    place = tiny_disk.parent
    done = framework(*quick, "hydra.run.dir=disk/run", cwd=place)
    assert done.returncode == 1
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert "No space left on device" in errors[0]
    assert "Traceback" not in done.stderr
    assert_nothing_half_written(tiny_disk / "run")
    assert not list(tiny_disk.rglob(".part-*"))
    subprocess.run(["mount", "-o", "remount,size=16m", str(tiny_disk)], check=True)
    assert framework("job=resume", "run=disk/run", cwd=place).returncode == 0
    assert framework(*quick, "hydra.run.dir=whole", cwd=place).returncode == 0
    assert_same(place / "whole", tiny_disk / "run")


@pytest.mark.parametrize("ending", ["csv", "npz"])
def test_a_full_disk_while_predicting(tiny_disk, ending):
    place = tiny_disk.parent
    run = ("data=spirals", "trainer.epochs=1", "~callbacks.pictures", "hydra.run.dir=run")
    assert framework(*run, cwd=place).returncode == 0
    np.save(place / "x.npy", np.zeros((20_000, 2), np.float32))
    job = ("job=predict", "run=run", "input=x.npy")
    done = framework(*job, f"output=disk/said.{ending}", cwd=place)
    assert done.returncode == 1
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("error: "))
    assert "No space left on device" in line
    assert "Traceback" not in done.stderr
    assert list(tiny_disk.iterdir()) == []


def test_nothing_else_writes_files():
    """Files are written by one room, so that these tests reach every write."""
    import re

    root = Path(__file__).parents[2]
    writing = re.compile(
        r"\.write_(text|bytes)\(|\bopen\([^)]*[\"'][wax]|\.open\([\"'][wax]|np\.savez?\((?!content|message)"
        r"|savefig\((?!image)|save_file|FileHandler|\.mkdir\(|os\.replace|os\.open\("
    )
    # Nor does a run reserve its directory, fill the data cache or write skeletons; pictures are
    # another process's (the full disk, above, reaches it).
    allowed = {"configuration/run_directories.py", "datasets/locked_folder.py"}
    allowed |= {"jobs/new_plugin.py", "drawing/process.py"}
    allowed |= {"process/screen.py", "process/startup.py"}  # the null device
    allowed |= {"engine/machine_code.py"}  # the folder that compiled formulas are kept in
    # Predictions are streamed into the temporary file of `replacing` (the full disk, below).
    allowed |= {"using/writing.py"}
    paths = [*root.glob("framework/**/*.py"), *root.glob("plugins/**/*.py")]
    writers = {
        f"{path.parent.name}/{path.name}"
        for path in paths
        if path.parent != root / "framework" / "files" and writing.search(path.read_text())
    }
    assert writers == allowed


QUICK = ("data=spirals", "data.points=96", "trainer.epochs=1", "callbacks=none")
COMMANDS = {
    "run": (*RUN[:-2], "hydra.run.dir=new"),
    "resume": ("job=resume", "run=run", "plugins=[stateful]", "trainer.epochs=3"),
    "sweep": ("-m", *QUICK, "hydra.sweep.dir=new", "seed=0"),
    "sweep again": ("-m", *QUICK, "hydra.sweep.dir=sweep", "seed=0,1"),
}


@pytest.fixture(scope="module")
def before(bench, tmp_path_factory) -> Path:
    """A folder with a run and a sweep, both finished."""
    folder: Path = tmp_path_factory.mktemp("before") / "folder"
    shutil.copytree(bench.whole, folder)
    done = bench.runs.run(folder, "-m", *QUICK, "hydra.sweep.dir=sweep", "seed=0")
    assert done.status == 0, done.said
    return folder


def fail_everywhere(bench: Bench, before: Path, place: Path, name: str, fault: Fault) -> bool:
    """Fail an operation of a command line, whichever code does it; whether it has so many."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(before, place)
    struck = bench.runs.run(place, *COMMANDS[name], fault=fault)
    if len(struck.operations) < fault.operation:
        assert struck.status == 0, struck.said
        return False
    said = (struck.operations[fault.operation - 1], struck.said)
    assert "Traceback" not in struck.said, said
    assert "unexpected" not in struck.said, said
    assert struck.status in (0, 1), said
    if struck.status:
        assert "error: " in struck.said, said
    for run in ("run", "new", "sweep/0", "new/0"):
        if (place / run).exists():
            assert_nothing_half_written(place / run)
    return True


@pytest.mark.parametrize("name", COMMANDS)
def test_every_kind_of_operation_of_whichever_code_fails(bench, before, tmp_path, name):
    """By one error after the other in turn: the first of a kind, one in the middle, the last."""
    place, errors = tmp_path / "place", itertools.cycle(ERRORS)
    shutil.copytree(before, place)
    whole = bench.runs.run(place, *COMMANDS[name], fault=Fault("EIO", 10**6, everywhere=True))
    assert whole.status == 0, whole.said
    of_each_kind = kinds(whole.operations)
    assert len(of_each_kind) > 50
    struck = 0
    for i, numbers in enumerate(of_each_kind):
        number = (numbers[0], numbers[len(numbers) // 2], numbers[-1])[i % 3]
        fault = Fault(next(errors), number, everywhere=True)
        struck += fail_everywhere(bench, before, place, name, fault)
    assert struck > 0.9 * len(of_each_kind)  # a wait may have an operation fewer


def test_losses_are_those_of_every_step(bench):
    losses = np.load(bench.whole / "run" / "losses.npy")
    assert losses.shape == (12,)
    assert len(checkpoints(bench.whole / "run")) >= 2
