"""Time the floor, the framework and every installed peer, side by side.

`python -m benchmarks --write docs` is all of it, in about as many minutes as `--minutes` says.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import history
from benchmarks.cores import available, can_bind, kernels, processor
from benchmarks.data import digits_file
from benchmarks.machine import machine, versions
from benchmarks.peers import PEERS, installed
from benchmarks.tables import Times, by_batch, draw, report
from benchmarks.workers import LIMIT, Workers
from benchmarks.workloads import LARGE, WORKLOADS


def asked(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line; what is not known ends with a line that says so."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    usual = [name for name in WORKLOADS if name not in LARGE]
    parser.add_argument("--workloads", default=",".join(usual), help=", ".join(WORKLOADS))
    parser.add_argument("--peers", default=",".join(installed()), help="default: all installed")
    everything = "1" if available() == 1 else f"1,{available()}"
    parser.add_argument(
        "--cores",
        "--threads",
        default=everything,
        help="numbers of cores: on the smallest everybody, on more those that compile",
    )
    parser.add_argument("--repeats", type=int, default=7, help="turns of a workload, at most")
    parser.add_argument("--steps", type=int, default=1000, help="of a measurement, at most")
    parser.add_argument(
        "--minutes", type=float, default=10.0, help="for all; who compiles for longer is left out"
    )
    parser.add_argument(
        "--limit", type=float, default=LIMIT, help="seconds to build a peer, and of its epoch"
    )
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
    for name in ("repeats", "steps", "minutes", "limit"):
        if not getattr(args, name) > 0:
            parser.error(f"--{name}: {getattr(args, name)} is not above 0")
    return args


def main() -> None:
    """Run the benchmarks that the command line asks for."""
    args, bound = asked(), can_bind()
    results: dict[str, Times] = {}
    works = {
        n: WORKLOADS[n].short() if args.short else WORKLOADS[n].of(args.steps)
        for n in args.workloads
    }
    texts = [machine(), "seconds of so many steps, each peer in turn, in so many turns", ""]
    print("\n".join(texts))
    end = time.monotonic() + 60 * args.minutes
    with (
        digits_file(short=args.short) as data,
        Workers(args.peers, args.cores, data, args.limit) as workers,
    ):
        for i, (name, work) in enumerate(works.items()):
            now = time.monotonic()
            until = now + (end - now) / (len(works) - i)
            times, failed = workers.measure(work, 2 if args.short else args.repeats, until)
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
        images = args.write / "images"
        draw(results, (images if images.is_dir() else args.write) / "benchmarks.png")
        here = history.Place(processor(), os.cpu_count() or 1, kernel, versions())
        figures = history.figures(results, works, here, bound=bound)
        history.append(args.write / history.NAME, figures)


if __name__ == "__main__":
    main()
