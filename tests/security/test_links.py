"""Links, pipes and neighbours inside a run's or a sweep's directory: nothing of them is touched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from framework.runs.choose_checkpoint import checkpoints
from tests.end_to_end.command import framework
from tests.security.prison import End, run_all
from tests.security.selection import asked_for, judged

pytestmark = pytest.mark.slow  # hostile files by the dozen; test_composition.py has quick ones

RUN = ("data=spirals", "data.points=96", "trainer.epochs=1", "~callbacks.pictures")
LONGER = (*RUN[:2], "trainer.epochs=2", "~callbacks.pictures", "trainer.resume=auto")


def to_file(run: Path, name: str, theirs: Path) -> None:
    shutil.copy(run / name, theirs / "file")
    (run / name).unlink()
    (run / name).symlink_to(theirs / "file")


def to_folder(run: Path, name: str, theirs: Path) -> None:
    shutil.move(run / name, theirs / "folder")
    (run / name).symlink_to(theirs / "folder")


def hard(run: Path, name: str, theirs: Path) -> None:
    (theirs / "file").hardlink_to(run / name)


def pipe(run: Path, name: str, theirs: Path) -> None:
    (run / name).unlink()
    os.mkfifo(run / name)


def endless(run: Path, name: str, theirs: Path) -> None:
    (run / name).unlink()
    (run / name).symlink_to("/dev/zero")


Spoil = Callable[[Path, str, Path], None]
REFUSED: dict[str, tuple[Spoil, str]] = {
    "log: a link": (to_file, "run.log"),
    "log: a pipe": (pipe, "run.log"),
    "log: endless": (endless, "run.log"),
    "checkpoints: a link": (to_folder, "checkpoints"),
    "records: a link": (to_folder, ".hydra"),
    "configuration: a link": (to_file, ".hydra/config.yaml"),
}
REPLACED: dict[str, tuple[Spoil, str]] = {
    "log: another name": (hard, "run.log"),
    "summary: a link": (to_file, "summary.json"),
    "summary: a pipe": (pipe, "summary.json"),
    "summary: endless": (endless, "summary.json"),
    "figures: a link": (to_file, "metrics.csv"),
    "figures: a pipe": (pipe, "metrics.csv"),
    "losses: a link": (to_file, "losses.npy"),
    "losses: another name": (hard, "losses.npy"),
}


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("links")
    done = framework(*RUN, "hydra.run.dir=good", cwd=place)
    assert done.returncode == 0, done.stderr
    return place


@pytest.fixture(scope="module")
def ends(
    request: pytest.FixtureRequest, place: Path
) -> tuple[dict[str, End], dict[str, dict[str, bytes]]]:
    cases, before = {}, {}
    for name, (spoil, file) in asked_for(request, {**REFUSED, **REPLACED}).items():
        run, theirs = place / f"run {name}", place / f"theirs {name}"
        shutil.copytree(place / "good", run)
        theirs.mkdir()
        spoil(run, file, theirs)
        before[name] = content(theirs)
        cases[name] = [*LONGER, f"hydra.run.dir='{run}'"]
    return run_all(cases, place), before


@judged(
    [*REFUSED, *REPLACED],
    quick={"checkpoints: a link", "summary: a link"},
)
def test_what_a_link_leads_to_stays(ends, place, name):
    end = ends[0][name]
    assert content(place / f"theirs {name}") == ends[1][name]
    assert "Traceback" not in end.said
    assert "unexpected" not in end.said
    if name in REFUSED:
        assert end.status == 1, end.said
        (line,) = [line for line in end.said.splitlines() if line.startswith("error: ")]
        assert REFUSED[name][1] in line
    else:
        assert end.status == 0, end.said
        assert (place / f"run {name}" / "summary.json").is_file()
        assert not (place / f"run {name}" / "summary.json").is_symlink()


@pytest.mark.slow
def test_outputs_on_another_disk(tmp_path):
    """What leads to a run's directory may be links; only what lies inside it may not."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "outputs").symlink_to(tmp_path / "disk")
    where = "hydra.run.dir=outputs/run"
    assert framework(*RUN, where, cwd=tmp_path).returncode == 0
    done = framework(*LONGER, where, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(checkpoints(tmp_path / "disk/run")) == 2


@pytest.mark.slow
def test_neighbours_are_left_alone(tmp_path):
    """A run in the working directory removes what it left itself, and of its own names only."""
    theirs = [
        tmp_path / "other/.part-0123456789ab.json",
        tmp_path / "other/checkpoints/.part-0123456789ab.safetensors",
        tmp_path / ".part-of-mine",
        tmp_path / "checkpoints/step-mine.safetensors",
        tmp_path / "checkpoints/.part-0123456789ab.d/file",
    ]
    for path in theirs:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("theirs")
    ours = [tmp_path / ".part-0123456789ab.csv", tmp_path / "checkpoints/.part-0123456789ab.x"]
    for path in ours:
        path.write_text("left")
    done = framework(*RUN, "hydra.run.dir=.", "trainer.resume=auto", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    again = framework(*LONGER[:-2], "hydra.run.dir=.", "trainer.resume=auto", cwd=tmp_path)
    assert all(path.read_text() == "theirs" for path in theirs), again.stderr
    assert not any(path.exists() for path in ours)


SWEEP = ("-m", *RUN, "callbacks=none", "checkpoint=none", "hydra.sweep.dir=s", "seed=0,1")


def swept(tmp_path: Path) -> list[Path]:
    command = [word for word in SWEEP if not word.startswith("~")]
    assert framework(*command, cwd=tmp_path).returncode == 0
    return sorted((tmp_path / "s/ledger").glob("*.json"))


@pytest.mark.slow
def test_hostile_files_of_a_sweep(tmp_path):
    """Pipes and endless files in place of records, marks, locks and summaries are never read."""
    records = swept(tmp_path)
    first, second = (path.read_text() for path in records)
    for path, target in ((records[0], None), (records[1], "/dev/zero")):
        path.unlink()
        path.symlink_to(target) if target else os.mkfifo(path)
    for mark, target in ((tmp_path / "s/0/.job", None), (tmp_path / "s/1/.job", "/dev/zero")):
        mark.unlink()
        mark.symlink_to(target) if target else os.mkfifo(mark)
    os.mkfifo(tmp_path / "s/0/pipe")
    command = [word for word in SWEEP if not word.startswith("~")]
    ends = run_all({"again": list(command)}, tmp_path)
    assert ends["again"].status == 0, ends["again"].said
    assert ends["again"].said.count("is not a readable record") == 2
    assert (tmp_path / "s/leaderboard.csv").read_text().count("\n") == 3
    assert not list(tmp_path.glob("s/*_1"))
    assert first.count("finished") == second.count("finished") == 1
    for name in ("0", "1"):
        (tmp_path / "s" / name / "summary.json").unlink()
    os.mkfifo(tmp_path / "s/0/summary.json")
    (tmp_path / "s/1/summary.json").symlink_to("/dev/zero")
    ends = run_all({"again": list(command)}, tmp_path)
    assert ends["again"].status == 0, ends["again"].said
    assert ends["again"].said.count("doing it again") == 2
    lock = next((tmp_path / "s/ledger").glob("*.lock"))
    lock.unlink()
    (tmp_path / "precious").write_text("theirs")
    lock.symlink_to(tmp_path / "precious")
    ends = run_all({"again": list(command)}, tmp_path)
    assert ends["again"].status == 1
    assert "is a symbolic link" in ends["again"].said
    assert (tmp_path / "precious").read_text() == "theirs"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ledger", "0"])
def test_folders_of_a_sweep_behind_links_are_refused(tmp_path, name):
    (tmp_path / "s").mkdir()
    (tmp_path / "theirs").mkdir()
    (tmp_path / "s" / name).symlink_to(tmp_path / "theirs")
    command = [word for word in SWEEP if not word.startswith("~")]
    ends = run_all({"swept": list(command)}, tmp_path)
    assert ends["swept"].status == 1
    assert f"s/{name}: is a symbolic link" in ends["swept"].said
    assert list((tmp_path / "theirs").iterdir()) == []
