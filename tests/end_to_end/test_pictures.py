"""Pictures: drawn whatever the user's matplotlib is set up for, and no run is lost over one."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from framework import DrawingError, painter
from tests.end_to_end.command import QUICK, framework, only_run

pytestmark = [pytest.mark.slow, pytest.mark.own_process]  # a matplotlib of their own, or none

canvas = importlib.import_module("framework.plugins.callbacks.drawings")
PNG = b"\x89PNG"
BROKEN = {
    "import": "print('hello')\nraise ImportError('no font\\ncache')",
    "death": "import os\nos._exit(9)",
}


def stub(folder: Path, code: str) -> dict[str, str]:
    """Put a matplotlib in front of the real one; give the environment that does it."""
    package = folder / "stub" / "matplotlib"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(code + "\n")
    return {"PYTHONPATH": str(package.parent)}


def assert_whole(run: Path, failed: int) -> dict[str, str]:
    summary = json.loads((run / "summary.json").read_text())
    assert (run / "checkpoints" / "final.safetensors").exists()
    assert (run / "metrics.csv").exists()
    assert len(summary["failed_callbacks"]) == failed
    return dict(summary["failed_callbacks"][0]) if failed else {}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_matplotlib_costs_the_pictures_and_nothing_else(tmp_path, how):
    done = framework(*QUICK, cwd=tmp_path, env=stub(tmp_path, BROKEN[how]))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    failed = assert_whole(only_run(tmp_path), 1)
    assert failed["callback"] == "pictures"
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert "callbacks.pictures" in line
    assert ("ended" if how == "death" else "matplotlib cannot be imported") in line
    assert not list(tmp_path.rglob(".part-*"))


def test_a_sweep_ends_with_its_board_without_matplotlib(tmp_path):
    done = framework(
        "-m", *QUICK, "seed=0,1", "hydra.sweep.dir=s",
        cwd=tmp_path, env=stub(tmp_path, "import sys\nsys.exit(3)"),
    )  # fmt: skip
    assert done.returncode == 1
    assert "leaderboard.png: matplotlib cannot be imported: SystemExit: 3" in done.stderr
    assert len((tmp_path / "s" / "leaderboard.csv").read_text().splitlines()) == 3
    for job in "01":
        assert_whole(tmp_path / "s" / job, 1)


def test_the_users_matplotlib_settings_are_for_others(tmp_path):
    settings = "text.usetex: True\nbackend: nonsense\nfont.size: 400\n"
    (tmp_path / "matplotlibrc").write_bytes(settings.encode() + b"# \xe9\n")
    (tmp_path / "theirs").write_text(settings)
    environment = {"MPLBACKEND": "module://no.such.backend"}
    environment["MATPLOTLIBRC"] = str(tmp_path / "theirs")
    done = framework("-m", *QUICK, "seed=0,1", "hydra.sweep.dir=s", cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    names = {p.relative_to(tmp_path / "s").as_posix() for p in (tmp_path / "s").rglob("*.png")}
    own = {f"{job}/{name}.png" for job in "01" for name in ("samples", "accuracy", "loss")}
    assert names == own | {"leaderboard.png", "0/confusion.png", "1/confusion.png"}


@pytest.mark.parametrize(
    ("number", "when"), [(signal.SIGINT, "importing"), (signal.SIGTERM, "drawing")]
)
def test_a_signal_while_pictures_are_drawn_ends_in_one_line(tmp_path, number, when):
    slow = f"open({str(tmp_path / 'at_work')!r}, 'w').close()\nimport time\ntime.sleep(60)"
    if when == "drawing":
        slow = (
            "import sys, os\nsys.path.remove(os.path.dirname(os.path.dirname(__file__)))\n"
            "del sys.modules['matplotlib']\nimport matplotlib\nimport matplotlib.figure as figure\n"
            f"def savefig(*_, **__):\n    {'; '.join(slow.splitlines())}\n"
            "figure.Figure.savefig = savefig"
        )
    command = [sys.executable, "-m", "framework", *QUICK, "hydra.run.dir=run"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**os.environ, **stub(tmp_path, slow)},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        said: list[str] = []
        while not said or not said[-1].startswith("epoch 1/1"):
            said.append(process.stderr.readline())
        while not (tmp_path / "at_work").exists():
            time.sleep(0.02)
        process.send_signal(number)
        last = process.stderr.read()  # to its end: that of every process that has it
        assert process.wait() == 128 + number
    assert "Traceback" not in last
    assert "BrokenPipe" not in last
    assert last.splitlines()[-1].startswith("error: interrupted")
    assert not list((tmp_path / "run").rglob(".part-*"))
    assert list((tmp_path / "run" / "checkpoints").glob("step-*"))


def bytes_data(path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (400, 2)).astype("u1")
    x[:2] = [[0, 0], [255, 255]]
    np.savez(path, inputs=x, targets=np.arange(400).astype("u1") % 200)


def test_data_of_any_type_are_drawn(tmp_path):
    bytes_data(tmp_path / "d.npz")
    done = framework(
        "data=npz", "data.path=d.npz", "trainer.epochs=1", "model.hidden=[8]", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert (only_run(tmp_path) / "samples.png").read_bytes().startswith(PNG)


@pytest.mark.parametrize("classes", [2, 20, 21, 200])
def test_classes_and_epochs_are_whole_numbers_on_the_axes(classes):
    from matplotlib.figure import Figure

    counts = np.eye(classes, dtype=np.int64)
    ones = np.linspace(0, 1, 3)
    for draw in (
        lambda figure: canvas.draw_confusion(figure, counts),
        lambda figure: canvas.draw_figures(figure, np.arange(1, 4), ones, ones, np.array("x")),
        lambda figure: canvas.draw_loss(figure, ones + 1, np.array(100)),
    ):
        figure = Figure()
        draw(figure)
        ticks = figure.axes[0].get_xticks()
        assert np.all(ticks == np.rint(ticks))
        assert len(ticks) >= 2


@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_a_plane_of_the_ends_of_its_type(tmp_path, dtype):
    kind = np.iinfo(dtype) if np.dtype(dtype).kind in "ui" else np.finfo(dtype)
    points = np.array([[kind.min, 0], [kind.max, 1], [0, 0]], dtype)
    drawing = painter()
    for classes in (1, 3, 500):
        labels = np.array([0, classes - 1, 0], "u2")
        predicted = np.zeros((200, 200), np.int64)
        path = tmp_path / f"{classes}.png"
        drawing.ask(
            canvas.draw_plane,
            path,
            (5, 5),
            points=points.astype("f8"),
            labels=labels,
            predicted=predicted,
        )
    drawing.wait()
    assert len(list(tmp_path.glob("*.png"))) == 3


def test_one_picture_that_cannot_be_drawn_leaves_the_others(tmp_path):
    drawing = painter()
    size = (3.0, 3.0)
    drawing.ask(canvas.draw_confusion, tmp_path / "bad.png", size, counts=np.array(["x"]))
    drawing.ask(canvas.draw_confusion, tmp_path / "odd.png", size, counts=np.array([object()]))
    drawing.ask(canvas.draw_confusion, tmp_path / "good.png", size, counts=np.eye(3, dtype=int))
    with pytest.raises(DrawingError, match=r"bad\.png: "):
        drawing.wait()
    assert [path.name for path in tmp_path.iterdir()] == ["good.png"]
