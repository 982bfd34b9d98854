"""A sweep's leaderboard: its runs, best first, as a table, a CSV and one picture."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framework.errors import RunError
from framework.files import replacing, write_text
from framework.run import SUMMARY
from framework.tables import table


@dataclass(frozen=True)
class Row:
    """One finished run of a sweep."""

    job: str
    overrides: tuple[str, ...]
    summary: Mapping[str, Any]
    curve: tuple[float, ...]


@dataclass(frozen=True)
class Board:
    """The finished runs of a sweep, best first, ranked by the figure `score`."""

    score: str
    rows: Sequence[Row]

    def columns(self) -> list[str]:
        """Name the columns."""
        return ["rank", "job", "overrides", *self._figures(), "seconds"]

    def cells(self) -> list[list[str]]:
        """Give a row of texts for each run."""
        return [
            [str(rank), row.job, self.label(row)]
            + [_figure(row.summary["figures"].get(name)) for name in self._figures()]
            + [f"{row.summary['seconds']:.1f}"]
            for rank, row in enumerate(self.rows, start=1)
        ]

    def table(self) -> str:
        """Write the board as lines of text."""
        return table(self.columns(), self.cells())

    def label(self, row: Row) -> str:
        """Name what tells a run from the others: its overrides that not all runs share."""
        shared = set.intersection(*(set(one.overrides) for one in self.rows))
        own = [word for word in row.overrides if word not in shared]
        return " ".join(own or row.overrides) or f"job {row.job}"

    def _figures(self) -> list[str]:
        names = [name for row in self.rows for name in row.summary["figures"]]
        return sorted(dict.fromkeys(names), key=lambda name: name != self.score)


def read(sweep: Path) -> Board:
    """Gather the finished runs of a sweep from their summaries.

    Raises
    ------
    RunError : naming the file, when a summary is damaged.
    """
    rows = [_row(path.parent) for path in sorted(sweep.glob(f"*/{SUMMARY}"))]
    if not rows:
        return Board("", [])
    score = rows[0].summary["score"]
    sign = -1.0 if score["higher_is_better"] else 1.0

    def rank(row: Row) -> tuple[float, int]:
        found = row.summary["figures"].get(score["name"])
        number = int(row.job) if row.job.isdigit() else 0
        return (float("inf") if found is None else sign * found, number)

    return Board(score["name"], sorted(rows, key=rank))


def write(board: Board, sweep: Path) -> None:
    """Leave the board in the sweep's directory: `leaderboard.csv` and `leaderboard.png`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(board.columns())
    writer.writerows(board.cells())
    write_text(sweep / "leaderboard.csv", text.getvalue())
    _draw(board, sweep / "leaderboard.png")


def _row(directory: Path) -> Row:
    try:
        path = directory / SUMMARY
        summary = json.loads(path.read_text())
        path = directory / ".hydra" / "overrides.yaml"
        lines = path.read_text().splitlines()
        path = directory / "metrics.csv"
        with io.StringIO(path.read_text() if path.exists() else "") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: cannot be read: {error}") from error
    overrides = tuple(line.removeprefix("- ") for line in lines if line.startswith("- "))
    name = summary["score"]["name"]
    return Row(directory.name, overrides, summary, tuple(float(r[name]) for r in rows))


def _figure(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else ""


def _draw(board: Board, path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5), layout="constrained")
    axes = figure.add_subplot()
    for row in board.rows[:20]:
        epochs = range(1, len(row.curve) + 1)
        axes.plot(
            epochs, row.curve, marker="." if len(row.curve) < 40 else "", label=board.label(row)
        )
    axes.set_xlabel("epoch")
    axes.set_ylabel(board.score.replace("_", " "))
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5))
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=120, format="png")
