"""A sweep's comparison: which picture its axes ask for, and that it shows the runs' figures."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framework.drawing.client import DrawingError
from framework.sweeps import comparison
from framework.sweeps.axes import axes
from framework.sweeps.leaderboard import Board, Row
from framework.sweeps.ledger import Record

RATES, SIZES = ("rate=0.1", "rate=0.01", "rate=1"), ("t.size=8", "t.size=16", "t.size=4")


class Painter:
    """Keeps what it is asked for."""

    def __init__(self, fails: bool = False) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.fails = fails

    def ask(self, draw: Any, path: Path, size: tuple[float, float], /, **arrays: Any) -> None:
        self.asked.append((draw.__name__, arrays))

    def wait(self) -> None:
        if self.fails:
            raise DrawingError("comparison.png: no font")


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Return what draws the comparison of jobs, given by overrides and the figure at the end."""

    def draw(jobs: Mapping[Sequence[str], float], figure: str = "") -> tuple[str, dict[str, Any]]:
        painter = Painter()
        monkeypatch.setattr(comparison, "painter", lambda: painter)
        board = a_board(jobs, tmp_path)
        monkeypatch.setattr(comparison, "read", lambda sweep: board)
        assert comparison.draw_comparison(tmp_path, figure) == tmp_path / "comparison.png"
        (picture,) = painter.asked
        return picture

    return draw


def a_board(jobs: Mapping[Sequence[str], float], sweep: Path) -> Board:
    rows = []
    for i, (overrides, value) in enumerate(jobs.items()):
        record = Record(f"{i:032}", "f", "a", i, str(i), tuple(overrides))
        figures = {"train_loss": 1 - value, "train_accuracy": 1.0, "validation_accuracy": value}
        (sweep / str(i)).mkdir(exist_ok=True)
        lines = [f"{epoch},{1 - value / epoch},{value * epoch / 2}" for epoch in (1, 2)]
        text = "\n".join(["epoch,train_loss,validation_accuracy", *lines])
        (sweep / str(i) / "metrics.csv").write_text(text + "\n")
        rows.append(Row(record, figures, (), 2, 1.0))
    best_first = sorted(rows, key=lambda row: -(row.figures["validation_accuracy"] or 0.0))
    return Board("validation_accuracy", True, best_first)


def crossed(*axes_of: Sequence[str]) -> dict[Sequence[str], float]:
    points = list(itertools.product(*axes_of))
    return {point: (i + 1) / (len(points) + 1) for i, point in enumerate(points)}


def close(array: np.ndarray, expected: Any) -> None:
    np.testing.assert_allclose(array, np.array(expected, np.float64), rtol=1e-12)


def test_names_are_lines_over_epochs_with_a_band_over_seeds(asked):
    jobs = {("m=a", "seed=0"): 0.5, ("m=b", "seed=0"): 0.6, ("m=b", "seed=1"): 0.8}
    kind, arrays = asked(jobs)
    assert kind == "draw_lines"
    assert arrays["labels"] == ["b", "a"]  # the best first
    assert arrays["y_names"] == ["train loss", "validation accuracy"]
    assert arrays["title"] == "validation accuracy by m\nmean of 2 runs"
    close(arrays["line_1_0"], [[1, 2], [0.35, 0.7], [0.3, 0.6], [0.4, 0.8]])
    close(arrays["line_0_1"][:2], [[1, 2], [0.5, 0.75]])


def test_many_numbers_are_an_axis_with_a_line_for_each_split(asked):
    widths = {(f"model.hidden=[{w}]", "x=1"): 1 / w for w in (32, 4, 8, 16, 64)}
    kind, arrays = asked(widths)
    assert (kind, arrays["x_name"]) == ("draw_lines", "hidden")
    assert arrays["labels"] == ["train", "validation"]
    assert arrays["title"] == "accuracy by hidden"
    assert not arrays["logarithmic"]
    np.testing.assert_array_equal(arrays["line_0_1"][0], [4, 8, 16, 32, 64])
    np.testing.assert_array_equal(arrays["line_0_1"][1], 1 / arrays["line_0_1"][0])
    assert asked({**widths, ("model.hidden=[128]", "x=1"): 0.0})[1]["logarithmic"]


def test_two_numbers_are_a_heat_map(asked):
    jobs = crossed(RATES, SIZES)
    del jobs["rate=1", "t.size=8"]  # it failed
    kind, arrays = asked(jobs)
    assert kind == "draw_heat_map"
    assert (arrays["y_labels"], arrays["x_labels"]) == (("0.01", "0.1", "1"), ("4", "8", "16"))
    close(arrays["values"], [[0.6, 0.4, 0.5], [0.3, 0.1, 0.2], [0.9, np.nan, 0.8]])


def test_a_number_and_names_are_lines_over_the_number(asked):
    depths = [f"model.hidden=[{','.join(['9'] * n)}]" for n in (4, 1, 2)]
    kind, arrays = asked(crossed(["i=he", "i=xavier"], depths))
    assert kind == "draw_lines"
    assert arrays["x_name"] == "length of hidden"
    assert arrays["labels"] == ["xavier", "he"]
    close(arrays["line_0_1"][:2], [[1, 2, 4], [2 / 7, 3 / 7, 1 / 7]])


def test_two_kinds_of_names_are_panels(asked):
    _, arrays = asked(crossed(["norm=null", "norm=batch"], ["drop=null", "drop=0.3", "drop=0.5"]))
    assert arrays["titles"] == ["norm none", "norm batch"]  # in the order they were given in
    assert arrays["legend"] == "drop"
    assert sorted(arrays["labels"]) == ["0.3", "0.5", "none"]


def test_more_axes_than_two_are_their_best_combinations(asked):
    _, arrays = asked(crossed(["a=x", "a=y"], ["b=x", "b=y"], ["c=x", "c=y", "c=z", "c=u"]))
    assert len(arrays["labels"]) == 12
    assert arrays["labels"][0] == "y, y, u"
    assert "the best 12 of 16" in arrays["title"]


def test_another_figure_can_be_compared(asked):
    _, arrays = asked(crossed(RATES, SIZES), "train_loss")
    assert not arrays["higher"]
    assert arrays["title"].startswith("train loss by rate and size")


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [
        ([["a=1", "seed=0", "data.fold=0"], ["a=1", "seed=1", "data.fold=1"]], []),
        ([["r=x", "l=1"], ["r=y", "l=2"], ["r=x", "l=3"]], [("l", ("1", "2", "3"))]),
        ([["r=x", "l=1"], ["r=y", "l=1"], ["r=z", "l=2"]], [("r, l", ("x, 1", "y, 1", "z, 2"))]),
        ([["x.k=1"], ["x.k=2", "y/k=a"], ["x.k=1", "y/k=a"], ["x.k=2"]],
         [("x.k", ("1", "2")), ("y/k", ("default", "a"))]),
        ([["u={name: sgd, momentum: 0.9}"], ["u=null"], ["u=true"]],
         [("u", ("sgd momentum 0.9", "none", "true"))]),
        ([["h=[8,16]"], ["h=[8]"]], [("h", ("[8,16]", "[8]"))]),
        ([["not an override"], ["a=1"]], [("a", ("default", "1"))]),
    ],
)  # fmt: skip
def test_axes_are_what_varies(jobs, expected):
    assert [(axis.name, axis.labels) for axis in axes(jobs)] == expected


def test_runs_that_differ_in_their_seed_only_have_no_comparison(tmp_path):
    board = a_board({("a=1", "seed=0"): 0.5, ("a=1", "seed=1"): 0.6}, tmp_path)
    assert comparison.compare(board, tmp_path) is None


def test_a_picture_that_cannot_be_drawn_is_a_line(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(comparison, "painter", lambda: Painter(fails=True))
    assert comparison.compare(a_board({("a=x",): 0.1, ("a=y",): 0.2}, tmp_path), tmp_path) is None
    assert caplog.messages == ["comparison.png: no font"]


def test_figures_that_are_not_there_leave_a_gap(tmp_path, monkeypatch):
    board = a_board({("a=x",): 0.1, ("a=y",): float("nan")}, tmp_path)
    (tmp_path / "0" / "metrics.csv").write_text("epoch\ndamaged,,\n")
    (tmp_path / "1" / "metrics.csv").unlink()
    painter = Painter()
    monkeypatch.setattr(comparison, "painter", lambda: painter)
    comparison.compare(board, tmp_path)
    assert painter.asked[0][1]["line_0_0"].shape == (4, 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "jobs",
    [
        crossed(RATES, SIZES, ["seed=0", "seed=1"]),
        crossed(RATES, ["_a=$x", "_a=y"]),
        crossed(["a=x", "a=y"], ["b=x", "b=y", "b=z"]),
        crossed([f"a={'long' * 20}", "a=y"]),
    ],
)
def test_every_kind_is_drawn(jobs, tmp_path):
    path = comparison.compare(a_board(jobs, tmp_path), tmp_path)
    assert path is not None
    assert path.read_bytes().startswith(b"\x89PNG")
