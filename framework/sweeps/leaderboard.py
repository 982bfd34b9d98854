"""A sweep's leaderboard: its runs, best first, as a table, CSV files and one picture."""

from __future__ import annotations

import csv
import io
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from framework.drawing.client import DrawingError, painter
from framework.errors import RunError
from framework.files.reading import is_there, read_text
from framework.files.writing import write_text
from framework.runs.summary_file import SUMMARY, Summary, read_summary
from framework.sweeps import ledger
from framework.sweeps.pictures import draw_leaderboard
from framework.sweeps.student_t import estimate
from framework.text import shown_figure, table

log = logging.getLogger("framework")
FILE = "leaderboard.csv"
FAMILY_FILE = "leaderboard_seeds.csv"
_REPEATED = ("seed=", f"data.{ledger.FOLD}=")
_LARGEST = 1 << 28  # bytes of the figures of a run's epochs


@dataclass(frozen=True)
class Row:
    """One finished run of a sweep.

    Attributes
    ----------
    record : what the ledger knows of it.
    figures : its final figures.
    curve : the score after each epoch.
    epochs, seconds : how long it took.
    """

    record: ledger.Record
    figures: Mapping[str, float | None]
    curve: tuple[float, ...]
    epochs: int
    seconds: float


@dataclass(frozen=True)
class Board:
    """The finished runs of a sweep, best first, ranked by the figure `score`.

    Runs of the same score stand in the order of their overrides, so that the board does not depend
    on the order in which they ended.

    Attributes
    ----------
    left_out : a line for each job that is done and not on the board, with the reason.
    """

    score: str
    higher_is_better: bool
    rows: Sequence[Row]
    left_out: Sequence[str] = ()

    def columns(self) -> list[str]:
        """Name the columns."""
        return ["rank", "job", "overrides", *self._figures(), "epochs", "seconds"]

    def cells(self) -> list[list[str]]:
        """Return one row of strings for each run."""
        return [
            [str(rank), row.record.directory, self.label(row)]
            + [_figure(row.figures.get(name)) for name in self._figures()]
            + [str(row.epochs), f"{row.seconds:.1f}"]
            for rank, row in enumerate(self.rows, start=1)
        ]

    def table(self) -> str:
        """Write the board as lines of text."""
        return table(self.columns(), self.cells())

    def label(self, row: Row) -> str:
        """Name what tells a run from the others: its overrides that not all runs share."""
        return " ".join(self._own(row) or row.record.overrides) or f"job {row.record.directory}"

    def families(self) -> list[list[Row]]:
        """List the runs that differ only in seed or fold, by twos and more, the best mean first."""
        by_family: dict[str, list[Row]] = {}
        for row in self.rows:
            if _scored(row.figures.get(self.score)):
                by_family.setdefault(row.record.family, []).append(row)
        several = [rows for rows in by_family.values() if len(rows) > 1]
        sign = -1.0 if self.higher_is_better else 1.0
        return sorted(
            several, key=lambda rows: (sign * self._mean(rows, self.score), self._family(rows))
        )

    def family_columns(self) -> list[str]:
        """Name the columns of the summary over seeds and folds."""
        intervals = ("deviation", "low_95", "high_95")
        others = self._figures()[1:]
        more = [f"{name}_{what}" for name in others for what in intervals]
        return ["rank", "overrides", "runs", self.score, *intervals, *others, *more]

    def family_cells(self) -> list[list[str]]:
        """Return one row of strings per family: mean, standard deviation, interval of each figure.

        The means of all figures but the score stand together, ahead of their intervals.
        """
        cells = []
        for rank, rows in enumerate(self.families(), start=1):
            score, *others = (_estimated(rows, name) for name in self._figures())
            shown = [*score, *(mean for mean, *_ in others)]
            shown += [value for _, *interval in others for value in interval]
            cells.append([str(rank), self._family(rows), str(len(rows)), *map(_figure, shown)])
        return cells

    def family_table(self) -> str:
        """Write the summary over seeds and folds as lines of text."""
        columns, interval = self.family_columns(), "95 % interval of the mean"
        test = f"test_{self.score.removeprefix('validation_')}"
        head = ["rank", "overrides", "runs", self.score, interval]
        shown = [(self.score, "")] + ([(test, f"{test}_")] if test in columns else [])
        head += [test, interval] if test in columns else []
        rows = []
        for cells in self.family_cells():
            of = dict(zip(columns, cells, strict=True))
            row = cells[:3]
            for name, prefix in shown:
                row += [
                    f"{of[name]} ± {of[f'{prefix}deviation']}",
                    f"{of[f'{prefix}low_95']} to {of[f'{prefix}high_95']}",
                ]
            rows.append(row)
        return table(head, rows)

    def _own(self, row: Row) -> list[str]:
        shared = set.intersection(*(set(row.record.overrides) for row in self.rows))
        return [word for word in row.record.overrides if word not in shared]

    def _family(self, rows: Sequence[Row]) -> str:
        overrides = [
            text for text in self._own(rows[0]) if not text.lstrip("+").startswith(_REPEATED)
        ]
        return " ".join(overrides) or "all"

    def _mean(self, rows: Sequence[Row], name: str) -> float:
        values = [value for row in rows if (value := row.figures.get(name)) is not None]
        return math.fsum(values) / len(values) if values else math.nan

    def _figures(self) -> list[str]:
        names = [name for row in self.rows for name in row.figures]
        return sorted(dict.fromkeys(names), key=lambda name: name != self.score)


def read(sweep: Path, attempt: str = "") -> Board:
    """Gather the finished runs of a sweep from the ledger and their summaries.

    A job whose summary is damaged, or not the one that it left, is left out, with a line.
    """
    rows: list[tuple[Row, Summary]] = []
    left_out = []
    for record in ledger.records(sweep, attempt):
        if not record.done or record.summary == "":  # a job of a kind that leaves no figures
            continue
        try:
            why = ledger.why_stale(sweep, record)
            if not why:
                row, summary = _row(sweep / record.directory, record)
                if "not_ranked" in summary.content:
                    why = f"{summary.content['not_ranked']}: it only tried something out"
                else:
                    rows.append((row, summary))
        except RunError as error:
            why = str(error)
        if why:
            left_out.append(f"{record.label} is not on the board: {why}")
    if not rows:
        return Board("", True, [], left_out)
    score, higher = rows[0][1].score, rows[0][1].higher_is_better
    sign = -1.0 if higher else 1.0

    def rank(row: Row) -> tuple[float, tuple[str, ...], str]:
        value = row.figures.get(score)
        place = sign * value if value is not None and _scored(value) else math.inf
        return (place, row.record.overrides, row.record.directory)

    return Board(score, higher, sorted((row for row, _ in rows), key=rank), left_out)


def write(board: Board, sweep: Path) -> None:
    """Leave the board in the sweep's directory: CSV files and `leaderboard.png`."""
    _write_csv(sweep / FILE, board.columns(), board.cells())
    if board.families():
        _write_csv(sweep / FAMILY_FILE, board.family_columns(), board.family_cells())
    _draw(board, sweep / "leaderboard.png")


def _write_csv(path: Path, columns: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(cells)
    write_text(path, text.getvalue())


def _row(directory: Path, record: ledger.Record) -> tuple[Row, Summary]:
    summary = read_summary(directory / SUMMARY)
    curve = _curve(directory / "metrics.csv", summary.score)
    return Row(record, summary.figures, curve, summary.epochs, summary.seconds), summary


def _curve(path: Path, score: str) -> tuple[float, ...]:
    """Read the score after each epoch; nothing when it was not left, or is damaged."""
    try:
        text = read_text(path, _LARGEST) if is_there(path) else ""
        return tuple(float(row[score]) for row in csv.DictReader(io.StringIO(text)))
    except (RunError, ValueError, TypeError, KeyError, csv.Error) as error:
        log.warning("%s: the curve is not drawn: %s: %s", path, type(error).__name__, error)
        return ()


def _estimated(rows: Sequence[Row], name: str) -> tuple[float, float, float, float]:
    """Return the mean of a figure, its standard deviation, and the ends of its 95 % interval."""
    values = [float(value) for row in rows if (value := row.figures.get(name)) is not None]
    values = [value for value in values if math.isfinite(value)]
    if len(values) < 2:
        return (values[0] if values else math.nan), math.nan, math.nan, math.nan
    made = estimate(values)
    return made.mean, made.deviation, made.mean - made.half, made.mean + made.half


def _scored(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _figure(value: float | None) -> str:
    return shown_figure(value) if value is not None and math.isfinite(value) else ""


def _draw(board: Board, path: Path) -> None:
    """Draw the score of the first runs; that it cannot be drawn is said, and costs no sweep."""
    rows = board.rows[:20]
    curves = {f"curve_{i}": np.array(row.curve) for i, row in enumerate(rows)}
    labels = np.array([board.label(row) for row in rows])
    drawing = painter()
    try:
        name = np.array(board.score.replace("_", " "))
        drawing.ask(draw_leaderboard, path, (10.8, 6), name=name, labels=labels, **curves)
        drawing.wait()
    except DrawingError as error:
        log.warning("%s", error)
