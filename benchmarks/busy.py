"""What training suffers when the machine has other work: W1 alone, and with every core busy.

`python -m benchmarks.busy [--short]`: the framework through its command line, with its own number
of threads, the others as in `benchmarks/peers/`, with a thread for every core.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.cores import Taken, available, ended_children
from benchmarks.data import digits_file
from benchmarks.machine import machine
from benchmarks.peers import installed
from benchmarks.tables import SECONDS, median, seconds_of
from benchmarks.workers import Worker
from benchmarks.workloads import WORKLOADS, Workload
from framework.text import table

BURN = "x = 1.0\nwhile True:\n    x = x * 1.0000001 % 7"


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Keep so many cores busy."""
    burning = [subprocess.Popen([sys.executable, "-c", BURN]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in burning:
            process.kill()
            process.wait()


def framework_seconds(folder: Path, *arguments: str) -> Taken:
    """Train through the command line with the default callbacks.

    By the clock its steps alone; of processors the whole command, start and evaluation included.
    """
    directory = tempfile.mkdtemp(dir=folder)
    command = [sys.executable, "-m", "framework", *arguments, f"hydra.run.dir={directory}/run"]
    before = ended_children()  # whoever keeps the cores busy has not ended
    subprocess.run(command, cwd=folder, capture_output=True, check=True)
    spent = ended_children() - before
    summary = json.loads((Path(directory) / "run" / "summary.json").read_text())
    return Taken(float(summary["training_seconds"]), spent)


def compare(
    work: Workload, peers: Sequence[str], repeats: int, data: Path, arguments: Sequence[str]
) -> list[list[str]]:
    """Time everyone alone and beside a busy core, in turns; return a row of cells for each."""
    cores = available()
    workers = {peer: Worker([peer], cores, data) for peer in peers}
    alone: dict[str, list[Taken]] = {}
    beside: dict[str, list[Taken]] = {}
    try:
        ready = {peer: worker for peer, worker in workers.items() if not worker.build(work)}
        for _ in range(repeats):
            for times, others in ((alone, 0), (beside, max(1, cores - 1))):
                with busy(others):
                    taken = framework_seconds(data.parent, *arguments)
                    times.setdefault("framework", []).append(taken)
                    for peer, worker in ready.items():
                        times.setdefault(peer, []).append(worker.time(peer))
    finally:
        for worker in workers.values():
            worker.close()
    rows = []
    for name, runs in alone.items():
        ratio = median(beside[name]) / median(runs)
        rows.append([name, *seconds_of(runs), *seconds_of(beside[name]), f"{ratio:.2f}"])
    return rows


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.busy", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few steps, to see that it works")
    parser.add_argument("--repeats", type=int, default=5)
    wanted = [p for p in installed() if p in ("numpy loop", "PyTorch eager", "JAX scan")]
    parser.add_argument("--peers", default=",".join(wanted))
    args = parser.parse_args()
    work, arguments = WORKLOADS["W1"], ["trainer.epochs=3"]
    if args.short:
        work, arguments = work.short(), ["trainer.epochs=1", "data=spirals"]
    with digits_file(short=args.short) as data:
        repeats = 1 if args.short else args.repeats
        rows = compare(work, args.peers.split(","), repeats, data, arguments)
    print(machine())
    columns = [f"{when}: {what}" for when in ("alone", "others busy") for what in SECONDS]
    print(table(["", *columns, "ratio of medians"], rows))


if __name__ == "__main__":
    main()
