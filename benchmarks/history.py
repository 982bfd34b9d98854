"""How the framework's speed went from commit to commit, on each machine and kernel.

`python -m benchmarks --write docs` adds its figures to `benchmarks_history.csv` there;
`python -m benchmarks.history [--write PICTURE]` prints what they say and draws it: the framework's
time as a multiple of the floor's and of each peer's, one line a machine and kernel.
"""

from __future__ import annotations

import argparse
import csv
import io
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.tables import Times, best, median
from benchmarks.workloads import Workload
from framework.text import table

NAME = "benchmarks_history.csv"
ROOT = Path(__file__).parents[1]
_WHOLE = ("machine_cores", "cores", "steps", "repeats")
_TIMES = ("best_us", "median_us", "processor_us")
_PEERS = ("floor", "JAX scan", "PyTorch compiled", "PyTorch eager", "scikit-learn")


@dataclass(frozen=True)
class Place:
    """What figures depend on beside the code."""

    processor: str
    machine_cores: int
    kernels: str
    versions: str


@dataclass(frozen=True)
class Figure:
    """What a step took somebody: a line of the file."""

    date: str
    commit: str
    processor: str
    machine_cores: int
    kernels: str
    versions: str
    workload: str
    peer: str
    cores: int
    bound: bool
    steps: int
    repeats: int
    best_us: float
    median_us: float
    processor_us: float

    @property
    def place(self) -> str:
        """The machine and its kernels, in short."""
        unbound = "" if self.bound else ", processes not bound"
        return f"{self.processor}, {self.machine_cores} cores, {self.kernels}{unbound}"


@dataclass(frozen=True)
class Ratio:
    """The framework's best time as a multiple of somebody's, in the same measurement."""

    date: str
    commit: str
    place: str
    workload: str
    peer: str
    value: float


def commit(root: Path = ROOT) -> str:
    """Return the commit that is measured; with a plus where the code differs from it."""
    own = ["git", "-C", str(root)]
    code = ["framework", "plugins", "benchmarks", "conf"]
    try:
        said = [
            subprocess.run([*own, *what], capture_output=True, text=True, check=True).stdout.strip()
            for what in (
                ["rev-parse", "--short=10", "HEAD"],
                ["status", "--porcelain", "--", *code],
            )
        ]
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return said[0] + "+" * bool(said[1])


def figures(
    results: dict[str, Times], works: dict[str, Workload], place: Place, *, bound: bool
) -> list[Figure]:
    """Return the lines of a measurement."""
    now, measured = f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}", commit()
    return [
        Figure(
            date=now,
            commit=measured,
            **asdict(place),
            workload=name,
            peer=peer,
            cores=cores,
            bound=bound,
            steps=works[name].steps,
            repeats=len(runs),
            best_us=round(1e6 * best(runs).wall / works[name].steps, 2),
            median_us=round(1e6 * median(runs) / works[name].steps, 2),
            processor_us=round(1e6 * best(runs).processor / works[name].steps, 2),
        )
        for name, times in results.items()
        for (peer, cores), runs in times.items()
    ]


def append(path: Path, lines: Sequence[Figure]) -> None:
    """Write figures behind those of a file, which is made where there is none."""
    columns = [field.name for field in fields(Figure)]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    if path.exists():
        read(path)  # whose columns are these
    else:
        writer.writeheader()
    writer.writerows(asdict(line) for line in lines)
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write(text.getvalue())


def read(path: Path) -> list[Figure]:
    """Return the figures of a file; `ValueError` where it holds something else."""
    columns = [field.name for field in fields(Figure)]
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if rows.fieldnames != columns:
            raise ValueError(f"{path}: the columns must be {','.join(columns)}")
        lines = []
        for row in rows:
            try:
                lines.append(_figure(row))
            except (ValueError, TypeError):
                raise ValueError(f"{path}, line {rows.line_num}: not a line of figures") from None
    return lines


def _figure(row: dict[str, str]) -> Figure:
    """Return a line's figure; `ValueError` or `TypeError` where a field is missing or no number."""
    numbers: dict[str, Any] = {name: int(row[name]) for name in _WHOLE}
    numbers |= {name: float(row[name]) for name in _TIMES}
    texts: dict[str, Any] = {n: t for n, t in row.items() if n not in (*numbers, "bound")}
    return Figure(**texts, **numbers, bound=row["bound"] == "True")


def ratios(lines: Iterable[Figure], cores: int = 1) -> list[Ratio]:
    """Return the framework's ratios on so many cores, by date; the last of a commit and machine."""
    runs: dict[tuple[str, str, str], dict[str, dict[str, float]]] = {}
    for line in sorted(lines, key=lambda line: line.date):
        if line.cores == cores:
            run = runs.setdefault((line.date, line.commit, line.place), {})
            run.setdefault(line.workload, {})[line.peer] = line.best_us
    last: dict[tuple[str, str, str, str], Ratio] = {}
    for (date, measured, place), works in runs.items():
        for work, times in works.items():
            for peer, theirs in times.items():
                if not peer.startswith("framework") and "framework" in times:
                    value = times["framework"] / theirs
                    ratio = Ratio(date, measured, place, work, peer, value)
                    last.pop((measured, place, work, peer), None)
                    last[measured, place, work, peer] = ratio
    return list(last.values())


def draw(shown: Sequence[Ratio], path: Path) -> None:
    """Draw ratios over commits: a row a workload, a column a peer, a line a machine and kernel."""
    from matplotlib.figure import Figure as Picture

    works = list(dict.fromkeys(ratio.workload for ratio in shown))
    peers = [peer for peer in _PEERS if any(ratio.peer == peer for ratio in shown)]
    peers += sorted({ratio.peer for ratio in shown} - set(peers))
    commits = list(dict.fromkeys(ratio.commit for ratio in shown))
    places = list(dict.fromkeys(ratio.place for ratio in shown))
    size = (1.5 + 2.4 * len(peers), 1.4 + 1.9 * len(works))
    picture = Picture(figsize=size, layout="constrained")
    grid = picture.subplots(len(works), len(peers), squeeze=False, sharex=True)
    for i, work in enumerate(works):
        for j, peer in enumerate(peers):
            axes = grid[i][j]
            for k, place in enumerate(places):
                points = [
                    (commits.index(ratio.commit), ratio.value)
                    for ratio in shown
                    if (ratio.workload, ratio.peer, ratio.place) == (work, peer, place)
                ]
                at, values = zip(*points, strict=True) if points else ((), ())
                axes.plot(at, values, "o-", color=f"C{k}", ms=4, label=place)
            axes.axhline(1, color="0.7", lw=0.8)
            axes.set_ylim(0, 1.1 * max(1.0, *(r.value for r in shown if r.workload == work)))
            axes.set_xticks(range(len(commits)), commits, rotation=90, fontsize=6)
            if i == 0:
                axes.set_title(f"÷ {peer}", fontsize="medium")
        grid[i][0].set_ylabel(work)
    handles, labels = grid[0][0].get_legend_handles_labels()
    picture.legend(handles, labels, loc="outside lower center", fontsize="small")
    picture.suptitle("the framework's time of a step, as a multiple of …", fontsize="medium")
    picture.savefig(path, dpi=110)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the history, and draw it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history", description=__doc__)
    parser.add_argument("--file", type=Path, default=ROOT / "docs" / NAME)
    parser.add_argument("--workloads", default="", help="names after commas; default: all there")
    parser.add_argument("--peers", default=",".join(_PEERS), help="names after commas")
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--write", type=Path, help="file for the picture: .png, .svg, .pdf")
    asked = parser.parse_args(arguments)
    try:
        shown = ratios(read(asked.file), asked.cores)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    works, peers = set(asked.workloads.split(",")) - {""}, asked.peers.split(",")
    shown = [r for r in shown if r.peer in peers and (not works or r.workload in works)]
    if not shown:
        parser.error(f"{asked.file}: no such figures on {asked.cores} cores")
    rows = [[r.date, r.commit, r.workload, r.peer, f"{r.value:.2f}", r.place] for r in shown]
    print(table(["date", "commit", "", "", "framework ÷", "machine"], rows))
    if asked.write:
        draw(shown, asked.write)


if __name__ == "__main__":
    main()
