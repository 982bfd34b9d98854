"""Runs that differ only in seed or fold: a figure's mean, and its band from least to largest."""

from __future__ import annotations

import csv
import io
import math
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from framework.components.base import Array
from framework.errors import RunError
from framework.files.reading import is_there, read_text
from framework.sweeps.axes import Axis
from framework.sweeps.leaderboard import Row

_LARGEST = 1 << 28  # bytes of the figures of a run's epochs
Place = TypeVar("Place")


def by_place(rows: Sequence[Row], places: Sequence[Place]) -> dict[Place, list[Row]]:
    """Return the runs by what was varied."""
    cells: dict[Place, list[Row]] = {}
    for row, place in zip(rows, places, strict=True):
        cells.setdefault(place, []).append(row)
    return cells


def over_numbers(
    runs: Sequence[Row], x: Axis, lines: Axis | None, label: int, figure: str
) -> Array:
    """Return a line over the numbers of an axis, of one label of another: x, mean, band."""
    assert x.numbers is not None
    points = []
    for i, number in enumerate(x.numbers):
        values = [
            final(row, figure)
            for k, row in enumerate(runs)
            if x.places[k] == i and (lines is None or lines.places[k] == label)
        ]
        points.append([number, *(spread([[value] for value in values])[:, 0])])
    return np.array(points).T


def over_epochs(rows: Sequence[Row], sweep: Path, figure: str) -> Array:
    """Return a line over the epochs of some runs: x, mean, band; empty where none left figures."""
    curves = [_curve(sweep / row.record.directory / "metrics.csv", figure) for row in rows]
    epochs = sorted({epoch for curve in curves for epoch in curve})
    if not epochs:
        return np.empty((4, 0))
    values = spread([[curve.get(epoch, math.nan) for epoch in epochs] for curve in curves])
    return np.vstack([epochs, values])


def spread(values: Sequence[Sequence[float]]) -> Array:
    """Return mean, least and largest of each column; what is not finite is left out."""
    array = np.array(values or [[math.nan]], np.float64)
    array[~np.isfinite(array)] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of columns with nothing in them
        return np.array([np.nanmean(array, 0), np.nanmin(array, 0), np.nanmax(array, 0)])


def final(row: Row, figure: str) -> float:
    """Return a figure at the end of a run; NaN where there is none."""
    value = row.figures.get(figure)
    return math.nan if value is None else value


def runs_said(cells: Mapping[Any, Sequence[Row]]) -> str:
    """Say over how many runs the means are, on a line of its own; nothing when over one."""
    most = max(map(len, cells.values()))
    return f"\nmean of {most} runs" if most > 1 else ""


def _curve(path: Path, figure: str) -> dict[float, float]:
    """Read a figure by epoch; nothing when it was not left, or is damaged: the board says so."""
    try:
        text = read_text(path, _LARGEST) if is_there(path) else ""
        return {float(r["epoch"]): float(r[figure]) for r in csv.DictReader(io.StringIO(text))}
    except (RunError, ValueError, TypeError, KeyError, csv.Error):
        return {}
