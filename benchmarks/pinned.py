"""A step on one core: the framework with each engine beside JAX's compiled scan.

`python -m benchmarks.pinned [--short] [--workloads W4,W4A,B1]`: every process is bound to the same
core, its threads included, and measured by its processor time, the best of interleaved runs, so
that other work on the machine is told from the step's own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.__main__ import digits, machine
from benchmarks.workloads import WORKLOADS, Workload
from framework.text import table

NAMES = ("framework (numpy alone)", "framework", "JAX scan")
ENVIRONMENT = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
ENVIRONMENT["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
STEPS = 2000  # of a measurement, at most: short enough to find a quiet moment
Asked = subprocess.Popen[str]


def serve(name: str, described: str, data: str) -> None:
    """Hold a peer in this process; print the processor time of a step whenever a line comes."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    import time

    from benchmarks.peers import PEERS

    fields = json.loads(described)
    work = Workload(**{**fields, "hidden": tuple(fields["hidden"])})
    with np.load(data) as arrays:
        x, y = arrays["x"][: work.rows], arrays["y"][: work.rows].astype(np.int64)
    epoch = PEERS[name][0](work, np.multiply(x, np.float32(1 / 255)), y)
    epoch()
    for _ in sys.stdin:
        began = time.process_time()
        epoch()
        print(json.dumps((time.process_time() - began) / work.steps), flush=True)


@contextmanager
def peers(work: Workload, data: Path) -> Iterator[dict[str, Asked]]:
    """Start a process for each peer, and end it."""
    names = [n for n in NAMES if n != "JAX scan" or find_spec("jax")]
    if find_spec("numba") is None:
        names.remove("framework")
    described = json.dumps(asdict(work))
    own = [sys.executable, "-m", "benchmarks.pinned", "--serve"]
    started = {
        name: subprocess.Popen(
            [*own, name, described, str(data)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | ENVIRONMENT,
        )
        for name in names
    }
    try:
        yield started
    finally:
        for process in started.values():
            process.kill()
            process.communicate()


def ask(process: Asked) -> float:
    """Have a peer measure once; return the seconds of a step."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return float(process.stdout.readline() or "nan")


def measure(work: Workload, repeats: int, data: Path) -> dict[str, float]:
    """Return the best seconds of a step of each."""
    with peers(work, data) as started:
        for process in started.values():
            ask(process)
        rounds: list[dict[str, float]] = [
            {name: ask(process) for name, process in started.items()} for _ in range(repeats)
        ]
    return {name: min(r[name] for r in rounds) for name in rounds[0]}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--short", action="store_true", help="see that it works; no figures")
    parser.add_argument("--repeats", type=int, default=25)
    parser.add_argument("--workloads", default="W1,W4,W4A,B1,B4,B8,B16")
    chosen = parser.parse_args()
    if chosen.serve:
        serve(*chosen.serve)
        return
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "digits.npz"
        x, y = digits(short=chosen.short)
        np.savez(data, x=x, y=y)
        for name in chosen.workloads.split(","):
            work = WORKLOADS[name].short() if chosen.short else WORKLOADS[name].of(STEPS)
            seconds: dict[str, Any] = measure(work, 1 if chosen.short else chosen.repeats, data)
            mine = min(seconds[n] for n in seconds if n != "JAX scan")
            cells = [f"{1e6 * seconds[n]:.1f}" if n in seconds else "" for n in NAMES]
            jax = f"{seconds['JAX scan'] / mine:.2f}" if "JAX scan" in seconds else ""
            rows.append([name, work.says, *cells, jax])
            print(rows[-1], file=sys.stderr, flush=True)
    columns = ["", "", *NAMES, "JAX ÷ ours"]
    print(f"{machine()}; one core\n\nprocessor time of a step, µs\n\n{table(columns, rows)}")


if __name__ == "__main__":
    main()
