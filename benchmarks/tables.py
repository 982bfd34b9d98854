"""What was measured, as tables of text and as a picture."""

from __future__ import annotations

import statistics
from dataclasses import replace
from pathlib import Path

from benchmarks.cores import Taken, called
from benchmarks.workloads import WORKLOADS, Workload
from framework.text import table

Times = dict[tuple[str, int], list[Taken]]
"""Peer and number of cores → what each repeat took."""


def best(runs: list[Taken]) -> Taken:
    """Return the shortest time by the clock and, of all runs, the least of processors."""
    return Taken(min(run.wall for run in runs), min(run.processor for run in runs))


def median(runs: list[Taken]) -> float:
    """Return the median time by the clock."""
    return statistics.median(run.wall for run in runs)


SECONDS = ("best, s", "median", "processor")
"""Columns of `seconds_of`."""


def seconds_of(runs: list[Taken]) -> list[str]:
    """Return cells: the best and the median by the clock, and the least of processors."""
    least = best(runs)
    return [f"{seconds:.3f}" for seconds in (least.wall, median(runs), least.processor)]


def report(work: Workload, times: Times, *, bound: bool) -> str:
    """Write a workload's times, and ratios to the floor and the framework on as many cores."""
    columns = ["", "cores", *SECONDS, "× floor", "× framework", "processor ×"]
    rows: list[list[str]] = []
    for cores in sorted({count for _, count in times}):
        least = {name: best(runs) for (name, count), runs in times.items() if count == cores}
        mine, base = least["framework"], least["floor"]
        rows += [
            [
                name,
                called(cores, bound=bound),
                *seconds_of(times[name, cores]),
                f"{taken.wall / base.wall:.2f}",
                f"{taken.wall / mine.wall:.2f}",
                f"{taken.processor / mine.processor:.2f}",
            ]
            for name, taken in sorted(least.items(), key=lambda item: item[1].wall)
        ]
    turns = max(len(runs) for runs in times.values())
    return (
        f"{work.name}: {work.says}, {work.steps} steps, {turns} turns\n\n{table(columns, rows)}\n"
    )


def by_batch(results: dict[str, Times], works: dict[str, Workload], *, bound: bool) -> str:
    """Write what a step of the reference network takes by batch size, on the fewest cores.

    Nothing where fewer than two batch sizes were timed.
    """
    sizes = {work.batch: name for name, work in works.items() if _is_reference(work)}
    if len(sizes) < 2:
        return ""
    fewest = min(count for times in results.values() for _, count in times)
    timed = {batch: results[sizes[batch]] for batch in sorted(sizes)}
    rows = []
    for peer in dict.fromkeys(peer for times in timed.values() for peer, _ in times):
        cells = []
        for batch, times in timed.items():
            if (peer, fewest) in times:
                mine, theirs = best(times["framework", fewest]), best(times[peer, fewest])
                one_step = 1e6 / works[sizes[batch]].steps
                ratio = theirs.wall / mine.wall
                spent = f"{one_step * theirs.wall:.1f}  {one_step * theirs.processor:.1f}"
                cells.append(f"{spent}  {ratio:.2f}")
            else:
                cells.append("-")
        rows.append([peer, *cells])
    columns = ["batch", *map(str, timed)]
    says = "by batch size: best µs of a step, of which processors', × framework; cores:"
    return f"{says} {called(fewest, bound=bound)}\n\n{table(columns, rows)}\n"


def _is_reference(work: Workload) -> bool:
    return replace(work, **{n: getattr(_W1, n) for n in ("name", "says", "batch", "rows")}) == _W1


_W1 = WORKLOADS["W1"]


def draw(results: dict[str, Times], path: Path) -> None:
    """Draw, for each workload, every peer on one core as a multiple of the framework."""
    from matplotlib.figure import Figure

    columns = 2 if len(results) > 4 else 1
    rows = -(-len(results) // columns)
    figure = Figure(figsize=(9 * columns, 1.2 + 2.3 * rows), layout="constrained")
    fewest = min(count for times in results.values() for _, count in times)
    for i, (name, times) in enumerate(results.items()):
        axes = figure.add_subplot(rows, columns, i + 1)
        least = {peer: best(runs).wall for (peer, n), runs in times.items() if n == fewest}
        shown = sorted(least, key=least.__getitem__, reverse=True)
        colours = ["C1" if p == "framework" else "0.6" if p == "floor" else "C0" for p in shown]
        axes.barh(shown, [least[p] / least["framework"] for p in shown], color=colours)
        axes.set_title(f"{name}: {WORKLOADS[name].says}", fontsize="medium")
        axes.axvline(1, color="C1", lw=0.8)
    cores = "one core" if fewest == 1 else f"{fewest} cores"
    figure.supxlabel(f"best time on {cores}, framework = 1", fontsize="medium")
    figure.savefig(path, dpi=110)
