"""A sweep's comparison: what its runs came to, against what was varied, as one picture.

How many axes a sweep has, and whether their values are numbers, decides the picture; runs that
differ only in seed or fold are one mean, and a band from the least to the largest.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from framework.components.base import Array
from framework.drawing.client import DrawingError, painter
from framework.errors import RunError
from framework.sweeps.axes import Axis, axes, together
from framework.sweeps.bands import by_place, final, over_epochs, over_numbers, runs_said, spread
from framework.sweeps.leaderboard import Board, read
from framework.sweeps.pictures import draw_heat_map, draw_lines
from framework.text import nearest

log = logging.getLogger("framework")
FILE = "comparison.png"
_MOST_LINES = 12
_MOST_PANELS = 6
_FEWEST_POINTS = 5  # numbers that are an axis of the picture, rather than a line each


@dataclass(frozen=True)
class Panel:
    """One pair of axes: its title, what stands on its y axis, and a line of points for each label.

    A line has four rows: x, mean, least, largest.
    """

    title: str
    y: str
    lines: Sequence[Array]


def compare(board: Board, sweep: Path) -> Path | None:
    """Draw the comparison of a board; that it cannot be drawn is said, and costs no sweep.

    Returns
    -------
    path : of the picture; None when nothing but seed or fold was varied, or it was not drawn.
    """
    board = _as_swept(board)
    varied = axes([row.record.overrides for row in board.rows])
    if not varied:
        return None
    try:
        _draw(board, varied, sweep, board.score)
    except (DrawingError, RunError) as error:
        log.warning("%s", error)
        return None
    return sweep / FILE


def draw_comparison(sweep: Path, figure: str = "") -> Path | None:
    """Draw the comparison of a sweep that was run before, of any figure its runs have.

    Parameters
    ----------
    figure : what is compared, ``"train_loss"``; '' for the one that ranks runs.

    Returns
    -------
    path : of the picture; None when nothing but seed or fold was varied.

    Raises
    ------
    RunError : when there is no such figure, or it cannot be drawn.
    """
    board = read(sweep)
    board = _as_swept(board)
    varied = axes([row.record.overrides for row in board.rows])
    if not varied:
        return None
    names = dict.fromkeys(name for row in board.rows for name in row.figures)
    if figure and figure not in names:
        raise RunError(f"figure: no run has {figure!r}; {nearest(figure, names)}")
    try:
        _draw(board, varied, sweep, figure or board.score)
    except DrawingError as error:
        raise RunError(str(error)) from error
    return sweep / FILE


def _as_swept(board: Board) -> Board:
    """Return the board in the order of its jobs, in which values were given."""
    return replace(board, rows=sorted(board.rows, key=lambda row: row.record.job))


def _draw(board: Board, varied: Sequence[Axis], sweep: Path, figure: str) -> None:
    scales = [axis for axis in varied if axis.numbers]
    drawing = painter()
    if len(varied) == 2 and len(scales) == 2 and all(len(axis.labels) > 2 for axis in scales):
        arrays = _heat_map(board, scales[0], scales[1], figure)
        size = 3.5 + 0.75 * len(scales[1].labels), 2.2 + 0.45 * len(scales[0].labels)
        drawing.ask(draw_heat_map, sweep / FILE, size, **arrays)
    else:
        panels, shared = _lines(board, varied, sweep, figure)
        columns = min(3, len(panels))
        rows = -(-len(panels) // columns)
        size = (
            3.2 + (6.0, 4.4, 3.6)[columns - 1] * columns,
            1.0 + (4.2 if rows == 1 else 3.4) * rows,
        )
        drawing.ask(draw_lines, sweep / FILE, size, **shared, **_arrays(panels))
    drawing.wait()


def _heat_map(board: Board, y: Axis, x: Axis, figure: str) -> dict[str, Any]:
    means = np.full((len(y.labels), len(x.labels)), np.nan)
    cells = by_place(board.rows, list(zip(y.places, x.places, strict=True)))
    for place, rows in cells.items():
        means[place] = spread([[final(row, figure)] for row in rows])[0, 0]
    return {
        "title": f"{_name(figure)} by {y.name} and {x.name}{runs_said(cells)}",
        "names": [x.name, y.name],
        "x_labels": x.labels,
        "y_labels": y.labels,
        "values": means,
        "higher": _higher(board, figure),
    }


def _lines(
    board: Board, varied: Sequence[Axis], sweep: Path, figure: str
) -> tuple[list[Panel], dict[str, Any]]:
    """Return panels, and what they share: title, labels, what x is."""
    x, lines, panels = _roles(varied)
    about, names = _name(figure), _siblings(board, figure)
    if lines is None and len(names) > 1:
        about = _name(figure.partition("_")[2])
    title = f"{about} by {' and '.join(axis.name for axis in varied)}"
    kept = list(range(len(lines.labels))) if lines else [0]
    if lines and not lines.numbers:
        kept = _best(board, lines, figure)[:_MOST_LINES]
    elif lines:
        kept = sorted(_best(board, lines, figure)[:_MOST_LINES])
    if lines and len(kept) < len(lines.labels):
        title += f", the best {len(kept)} of {len(lines.labels)}"
    labels: list[str] = [lines.labels[i] for i in kept] if lines else []
    if x is None:
        assert lines is not None
        made = _by_epoch(board, sweep, lines, kept, panels, figure)
    elif lines is not None:
        drawn = [over_numbers(board.rows, x, lines, i, figure) for i in kept]
        made = [Panel("", _name(figure), drawn)]
    else:
        labels = [name.partition("_")[0] for name in names]
        drawn = [over_numbers(board.rows, x, None, 0, name) for name in names]
        made = [Panel("", about, drawn)]
    places = list(zip(*(axis.places for axis in varied), strict=True))
    return made, {
        "title": title + runs_said(by_place(board.rows, places)),
        "x_name": x.name if x else "epoch",
        "ordered": bool(lines and lines.numbers),
        "logarithmic": bool(x and x.numbers and _spans(x.numbers)),
        "labels": labels,
        "legend": lines.name if lines else "",
    }


def _by_epoch(
    board: Board,
    sweep: Path,
    lines: Axis,
    kept: Sequence[int],
    panels: Axis | None,
    figure: str,
) -> list[Panel]:
    """Return a panel for each value of an axis; without one, the training loss and the figure."""
    cells = by_place(board.rows, lines.places)
    if panels is None:
        several = [
            Panel("", _name(name), [over_epochs(cells[i], sweep, name) for i in kept])
            for name in dict.fromkeys(["train_loss", figure])
        ]
        return [p for p in several if any(line.size for line in p.lines)] or several[-1:]
    inside = by_place(board.rows, list(zip(panels.places, lines.places, strict=True)))
    return [
        Panel(
            f"{panels.name} {label}",
            _name(figure),
            [over_epochs(inside.get((j, i), ()), sweep, figure) for i in kept],
        )
        for j, label in enumerate(panels.labels)
    ]


def _roles(varied: Sequence[Axis]) -> tuple[Axis | None, Axis | None, Axis | None]:
    """Return which axis is x (None: epochs), which has a line a value, and which a panel."""
    if len(varied) > 2:
        return None, together(varied), None
    scales = [axis for axis in varied if axis.numbers]
    scale = max(scales, key=lambda axis: len(axis.labels), default=None)
    if len(varied) == 1:
        long = scale is not None and len(scale.labels) >= _FEWEST_POINTS
        return (scale, None, None) if long else (None, varied[0], None)
    if scale is not None and len(scale.labels) > 2:
        return scale, next(axis for axis in varied if axis is not scale), None
    few, many = sorted(varied, key=lambda axis: len(axis.labels))
    if len(few.labels) > _MOST_PANELS:
        return None, together(varied), None
    return None, many, few


def _best(board: Board, lines: Axis, figure: str) -> list[int]:
    sign = -1.0 if _higher(board, figure) else 1.0

    def rank(label: int) -> tuple[float, int]:
        rows = [row for k, row in enumerate(board.rows) if lines.places[k] == label]
        mean = float(spread([[final(row, figure)] for row in rows])[0, 0])
        return (sign * mean if math.isfinite(mean) else math.inf, label)

    return sorted(range(len(lines.labels)), key=rank)


def _higher(board: Board, figure: str) -> bool:
    return board.higher_is_better if figure == board.score else not figure.endswith("loss")


def _siblings(board: Board, figure: str) -> list[str]:
    """Return the same figure on each split where the runs have it."""
    what = figure.partition("_")[2]
    names = [f"{split}_{what}" for split in ("train", "validation", "test")]
    there = [name for name in names if any(name in row.figures for row in board.rows)]
    return there if figure in there else [figure]


def _spans(numbers: Sequence[float]) -> bool:
    return min(numbers) > 0 and max(numbers) / min(numbers) >= 20


def _name(figure: str) -> str:
    return figure.replace("_", " ")


def _arrays(panels: Sequence[Panel]) -> dict[str, Any]:
    lines = {
        f"line_{p}_{i}": line
        for p, panel in enumerate(panels)
        for i, line in enumerate(panel.lines)
    }
    return {
        "titles": [panel.title for panel in panels],
        "y_names": [panel.y for panel in panels],
        **lines,
    }
