"""Time the floor, the framework and every installed peer, side by side."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers import PEERS
from benchmarks.workloads import WORKLOADS, Workload
from framework.registry.registry import Registry
from framework.text import table

Times = dict[tuple[str, int], list[float]]
ROOT = Path(__file__).parents[1]


class Worker:
    """A process that holds one peer (or `floor` and `framework`), at a number of threads."""

    def __init__(self, names: Sequence[str], work: Workload, threads: int, data: Path) -> None:
        self.names, self.threads = list(names), threads
        described = json.dumps(dataclasses.asdict(work))
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "benchmarks.worker",
                ",".join(names),
                described,
                str(threads),
                str(data),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
        )
        answer = self._read()
        self.ready = bool(answer.get("ready"))
        self.why = str(answer.get("why", "it ended"))

    def time(self, name: str) -> float:
        """Run one epoch; return its seconds."""
        assert self._process.stdin is not None
        self._process.stdin.write(name + "\n")
        self._process.stdin.flush()
        return float(str(self._read()["seconds"]))

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def _read(self) -> dict[str, object]:
        """Read an answer; what a library prints in between is passed over."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with contextlib.suppress(ValueError):
                answer = json.loads(line)
                if isinstance(answer, dict):
                    return answer
        return {}


def installed() -> Iterator[str]:
    """Name the peers whose distribution is installed."""
    for name, (_, distribution) in PEERS.items():
        with contextlib.suppress(PackageNotFoundError):
            version(distribution or "numpy")
            yield name


def measure(
    work: Workload, peers: Sequence[str], threads: Sequence[int], repeats: int, data: Path
) -> tuple[Times, dict[str, str]]:
    """Time every peer at every number of threads, in turns; return seconds, and who could not."""
    own = ["floor", "framework", *(p for p in peers if p == "framework, numpy alone")]
    groups = [own, *([p] for p in peers if p not in own)]
    workers = [Worker(group, work, count, data) for count in threads for group in groups]
    failed = {" ".join(w.names): w.why for w in workers if not w.ready}
    times: Times = {}
    try:
        for _ in range(repeats):
            for worker in workers:
                for name in worker.names if worker.ready else ():
                    times.setdefault((name, worker.threads), []).append(worker.time(name))
    finally:
        for worker in workers:
            worker.close()
    return times, failed


def report(work: Workload, times: Times) -> str:
    """Write a workload's medians, and ratios to the floor and to the framework."""
    medians = {key: statistics.median(seconds) for key, seconds in times.items()}
    base = medians["floor", 1] if ("floor", 1) in medians else min(medians.values())
    mine = min(t for (name, _), t in medians.items() if name == "framework")
    rows = [
        [
            name,
            str(count),
            f"{t:.3f}",
            f"{t / base:.2f}",
            f"{t / mine:.2f}",
            f"{min(times[name, count]):.3f}–{max(times[name, count]):.3f}",
        ]
        for (name, count), t in sorted(medians.items(), key=lambda item: item[1])
    ]
    columns = ["", "threads", "seconds", "× floor", "× framework", "range"]
    return f"{work.name}: {work.says}, {work.steps} steps\n\n{table(columns, rows)}\n"


def machine() -> str:
    """Describe the machine and the versions."""
    from framework.engine.blas import library

    names = sorted({d for _, d in PEERS.values() if d})
    versions = []
    for name in names:
        with contextlib.suppress(PackageNotFoundError):
            versions.append(f"{name} {version(name)}")
    return (
        f"{platform.machine()}, {os.cpu_count()} cores; Python {platform.python_version()},"
        f" {', '.join(versions)}; products by {library()}"
    )


def digits(*, short: bool) -> tuple[Any, Any]:
    """Return MNIST's training rows as bytes; in the short form noise will do.

    Times depend on what is in the arrays: with pixels that are hardly ever set some numbers become
    denormal, which is slow, and dead units make others zero.
    """
    rng = np.random.default_rng(0)
    if short:
        return rng.integers(0, 256, (50_000, 784), np.uint8), rng.integers(0, 10, 50_000)
    registry = Registry()
    registry.load_installed()
    train = registry.entry("dataset", "mnist").component().load(rng).train  # type: ignore[attr-defined]
    return train.inputs, train.targets


def draw(results: dict[str, Times], path: Path) -> None:
    """Draw, for each workload, the best of each peer as a multiple of the framework."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 1.2 + 2.0 * len(results)), layout="constrained")
    for i, (name, times) in enumerate(results.items()):
        axes = figure.add_subplot(len(results), 1, i + 1)
        best: dict[str, float] = {}
        for (peer, _), seconds in times.items():
            best[peer] = min(best.get(peer, float("inf")), statistics.median(seconds))
        shown = sorted(best, key=best.__getitem__, reverse=True)
        colours = ["C1" if p == "framework" else "0.6" if p == "floor" else "C0" for p in shown]
        axes.barh(shown, [best[p] / best["framework"] for p in shown], color=colours)
        axes.set_title(f"{name}: {WORKLOADS[name].says}", fontsize="medium")
        axes.axvline(1, color="C1", lw=0.8)
    axes.set_xlabel("time of an epoch, framework = 1; each at its best number of threads")
    figure.savefig(path, dpi=110)


def main() -> None:
    """Run the benchmarks that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--workloads", default="W1,W2,W3,W4,W5,W6", help=", ".join(WORKLOADS))
    parser.add_argument("--peers", default=",".join(installed()), help="default: all installed")
    parser.add_argument("--threads", default="1,2", help="numbers of threads each is timed at")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--short", action="store_true", help="a few steps, to see that it works")
    parser.add_argument("--write", type=Path, help="folder for benchmarks.txt and benchmarks.png")
    args = parser.parse_args()
    threads = [int(n) for n in args.threads.split(",")]
    results: dict[str, Times] = {}
    texts = [machine(), ""]
    print(texts[0])
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "digits.npz"
        x, y = digits(short=args.short)
        np.savez(data, x=x, y=y)
        for name in args.workloads.split(","):
            work = WORKLOADS[name].short() if args.short else WORKLOADS[name]
            repeats = 2 if args.short else args.repeats
            times, failed = measure(work, args.peers.split(","), threads, repeats, data)
            results[name] = times
            text = report(work, times)
            text += "".join(f"left out: {who}: {why}\n" for who, why in failed.items())
            print(f"\n{text}", flush=True)
            texts += [text]
    if args.write:
        args.write.mkdir(parents=True, exist_ok=True)
        (args.write / "benchmarks.txt").write_text("\n".join(texts))
        draw(results, args.write / "benchmarks.png")


if __name__ == "__main__":
    main()
