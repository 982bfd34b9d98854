"""A step on one core: the framework with each engine beside JAX's compiled scan.

`python -m benchmarks.pinned [--short] [--workloads W4,ADAM,B1]`: every process is bound to the same
core, its threads included; of many short interleaved runs the best, so that other work on the
machine is told from the step's own. Of processors and by the clock.
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

from benchmarks.cores import Taken, called, can_bind
from benchmarks.data import digits_file
from benchmarks.machine import machine
from benchmarks.tables import best
from benchmarks.workers import measure
from benchmarks.workloads import WORKLOADS, Workload
from framework.text import table

NAMES = ("framework (numpy alone)", "framework", "JAX scan")
STEPS = 2000  # of a measurement, at most: short enough to find a quiet moment


def a_step(work: Workload, repeats: int, data: Path) -> dict[str, Taken]:
    """Return the microseconds of a step of each who is there."""
    names = [n for n in NAMES if n != "JAX scan" or find_spec("jax")]
    times, _ = measure(work, names, [1], repeats, data)
    if find_spec("numba") is None:
        del times["framework", 1]  # which is numpy alone, too
    least = {name: best(runs) for (name, _), runs in times.items() if name in names}
    scale = 1e6 / work.steps
    return {name: Taken(scale * t.wall, scale * t.processor) for name, t in least.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pinned", description=__doc__)
    parser.add_argument("--short", action="store_true", help="see that it works; no figures")
    parser.add_argument("--repeats", type=int, default=25)
    parser.add_argument("--workloads", default="W1,W4,ADAM,B1,B4,B8,B16")
    chosen = parser.parse_args()
    rows: list[list[str]] = []
    with digits_file(short=chosen.short) as data:
        for name in chosen.workloads.split(","):
            work = WORKLOADS[name].short() if chosen.short else WORKLOADS[name].of(STEPS)
            taken = a_step(work, 1 if chosen.short else chosen.repeats, data)
            mine = min(t.processor for n, t in taken.items() if n != "JAX scan")
            cells = [
                f"{taken[n].processor:.1f}  {taken[n].wall:.1f}" if n in taken else ""
                for n in NAMES
            ]
            jax = f"{taken['JAX scan'].processor / mine:.2f}" if "JAX scan" in taken else ""
            rows.append([name, work.says, *cells, jax])
            print(rows[-1], file=sys.stderr, flush=True)
    columns = ["", "", *NAMES, "JAX ÷ ours"]
    cores = called(1, bound=can_bind())
    print(f"{machine()}; cores: {cores}\n\nµs of a step: of processors, by the clock")
    print(f"\n{table(columns, rows)}")


if __name__ == "__main__":
    main()
