"""Time the floor, the framework and every installed peer, side by side."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import history
from benchmarks.cores import Taken, available, can_bind, kernels, processor
from benchmarks.peers import PEERS
from benchmarks.tables import Times, by_batch, draw, report
from benchmarks.workloads import WORKLOADS, Workload
from framework.registry.registry import Registry

ROOT = Path(__file__).parents[1]


class Worker:
    """A process that holds one peer (or `floor` and `framework`), bound to so many cores."""

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

    def time(self, name: str) -> Taken:
        """Run one epoch; return what it took."""
        assert self._process.stdin is not None
        self._process.stdin.write(name + "\n")
        self._process.stdin.flush()
        answer = self._read()
        return Taken(float(str(answer["seconds"])), float(str(answer["processor"])))

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

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
    """Time every peer on every number of cores, in turns; return times, and who could not."""
    own = ["floor", "framework", *(p for p in peers if p == "framework (numpy alone)")]
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


def versions() -> str:
    """Return the versions of Python and of everybody who is timed."""
    named = [f"Python {platform.python_version()}"]
    for name in sorted({d for _, d in PEERS.values() if d}):
        with contextlib.suppress(PackageNotFoundError):
            named.append(f"{name} {version(name)}")
    return ", ".join(named)


def machine() -> str:
    """Describe the machine, the versions and the kernels of numpy's products."""
    from framework.engine.blas import library

    return (
        f"{processor()}, {platform.machine()}, {os.cpu_count()} cores; {versions()};"
        f" products by {library()}"
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


def asked(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line; what is not known ends with a line that says so."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--workloads", default="W1,B1,B4,B8,B16,W2,W3,W4,W5,W6", help=", ".join(WORKLOADS)
    )
    parser.add_argument("--peers", default=",".join(installed()), help="default: all installed")
    everything = "1" if available() == 1 else f"1,{available()}"
    parser.add_argument(
        "--cores", "--threads", default=everything, help="numbers of cores, and threads, for each"
    )
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--short", action="store_true", help="a few steps, to see that it works")
    parser.add_argument(
        "--write", type=Path, help="folder for table, picture and a line in the history"
    )
    args = parser.parse_args(arguments)
    args.workloads, args.peers = (
        list(dict.fromkeys(names.split(","))) for names in (args.workloads, args.peers)
    )
    for what, names, known in (
        ("workloads", args.workloads, WORKLOADS),
        ("peers", args.peers, PEERS),
    ):
        if strange := [name for name in names if name not in known]:
            parser.error(f"--{what}: no {strange[0]!r}; there are {', '.join(known)}")
    numbers = [str(n) for n in range(1, available() + 1)]
    if strange := [n for n in args.cores.split(",") if n not in numbers]:
        parser.error(f"--cores: {strange[0]!r} is not a number from 1 to {available()}")
    args.cores = sorted({int(n) for n in args.cores.split(",")})
    if args.repeats < 1:
        parser.error(f"--repeats: {args.repeats} is not 1 or more")
    return args


def main() -> None:
    """Run the benchmarks that the command line asks for."""
    args, bound = asked(), can_bind()
    results: dict[str, Times] = {}
    works = {n: WORKLOADS[n].short() if args.short else WORKLOADS[n] for n in args.workloads}
    repeats = 2 if args.short else args.repeats
    texts = [machine(), f"seconds of an epoch, best and median of {repeats} interleaved runs", ""]
    print("\n".join(texts))
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "digits.npz"
        x, y = digits(short=args.short)
        np.savez(data, x=x, y=y)
        for name, work in works.items():
            times, failed = measure(work, args.peers, args.cores, repeats, data)
            results[name] = times
            text = report(work, times, bound=bound)
            text += "".join(f"left out: {who}: {why}\n" for who, why in failed.items())
            print(text, flush=True)
            texts.append(text)
    texts.append(by_batch(results, works, bound=bound))
    print(texts[-1])
    if args.write:
        args.write.mkdir(parents=True, exist_ok=True)
        kernel = kernels()
        (args.write / f"benchmarks-{kernel.lower()}.txt").write_text("\n".join(texts))
        draw(results, args.write / "benchmarks.png")
        here = history.Place(processor(), os.cpu_count() or 1, kernel, versions())
        figures = history.figures(results, works, here, bound=bound)
        history.append(args.write / history.NAME, figures)


if __name__ == "__main__":
    main()
