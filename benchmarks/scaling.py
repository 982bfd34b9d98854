"""How time follows work: batch size, width, depth and number of rows, against the floor and peers.

`python -m benchmarks.scaling [--short] [--write docs]`
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402  (after the number of threads is settled)

from benchmarks.cores import Taken, bind, called, timed  # noqa: E402
from benchmarks.data import digits_file  # noqa: E402
from benchmarks.machine import machine  # noqa: E402
from benchmarks.peers import installed  # noqa: E402
from benchmarks.peers.own import ours  # noqa: E402
from benchmarks.tables import best  # noqa: E402
from benchmarks.workers import measure as interleaved  # noqa: E402
from benchmarks.workloads import Workload  # noqa: E402
from framework.text import table  # noqa: E402

Curve = dict[str, dict[str, Taken]]
"""Point of an axis → peer → microseconds of a step."""
BASE = Workload("", "")
AXES: dict[str, list[tuple[str, Workload]]] = {
    "batch size": [
        (str(b), replace(BASE, batch=b, rows=min(50_000, 2000 * b)))
        for b in (1, 8, 32, 128, 1024, 8192)
    ],
    "width of the second layer": [
        (str(w), replace(BASE, hidden=(100, w), rows=6_400 if w > 1000 else 25_600))
        for w in (10, 30, 100, 300, 1000, 3000, 10_000)
    ],
    "hidden layers of 100": [
        (str(d), replace(BASE, hidden=(100,) * d, rows=12_800)) for d in (1, 2, 5, 10, 20, 50)
    ],
    "rows": [(f"{n:,}", replace(BASE, rows=n)) for n in (1_000, 10_000, 50_000)],
}


def curve(
    points: list[tuple[str, Workload]], peers: Sequence[str], repeats: int, data: Path
) -> Curve:
    """Give, for each point of an axis, what a step takes every peer at best, in turns."""
    least: Curve = {}
    for name, work in points:
        times, _ = interleaved(work, peers, [1], repeats, data)
        least[name] = {peer: a_step(best(runs), work.steps) for (peer, _), runs in times.items()}
    return least


def a_step(taken: Taken, steps: int) -> Taken:
    """Return the microseconds of a step."""
    return Taken(1e6 * taken.wall / steps, 1e6 * taken.processor / steps)


def mapped(folder: Path, rows: int) -> Taken:
    """Return the microseconds of a step on rows that stay on disk, as `data=npz` maps them."""
    from framework.registry.registry import Registry

    inputs = np.lib.format.open_memmap(folder / "inputs.npy", "w+", np.uint8, (rows, 784))
    rng = np.random.default_rng(0)
    for start in range(0, rows, 50_000):
        inputs[start : start + 50_000] = rng.integers(0, 256, (min(50_000, rows - start), 784))
    inputs.flush()
    targets = rng.integers(0, 10, rows)
    np.save(folder / "targets.npy", targets)
    for split in ("validation", "test"):
        np.save(folder / f"{split}_inputs.npy", inputs[:10])
        np.save(folder / f"{split}_targets.npy", targets[:10])
    registry = Registry()
    registry.load_installed()
    dataset = registry.entry("dataset", "npz").component
    data = dataset(path=str(folder)).load(rng)  # type: ignore[attr-defined, call-arg]
    work = replace(BASE, rows=rows)
    epoch = ours(work, data.train.inputs, data.train.targets)
    return a_step(timed(epoch), work.steps)


def main() -> None:
    """Run all, print tables, draw the curves."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few steps, to see that it works")
    parser.add_argument("--repeats", type=int, default=5)
    wanted = [p for p in installed() if p in ("floor", "framework", "JAX scan", "PyTorch eager")]
    parser.add_argument("--peers", default=",".join(wanted))
    parser.add_argument("--write", type=Path, help="folder for scaling.txt and scaling.png")
    args = parser.parse_args()
    peers, repeats = args.peers.split(","), 1 if args.short else args.repeats
    cores = called(1, bound=bind(1))
    says = f"cores: {cores}; the best of {repeats} interleaved runs: µs of a step, of which"
    texts = [f"{machine()}\n{says} processors', × floor\n"]
    print(texts[0])
    curves = {}
    with tempfile.TemporaryDirectory() as folder, digits_file(short=args.short) as data:
        for axis, points in AXES.items():
            chosen = [(n, w.short()) for n, w in (points[0], points[-1])] if args.short else points
            curves[axis] = curve(chosen, peers, repeats, data)
            cells = [
                [name, *(_cell(times, peer) for peer in peers)]
                for name, times in curves[axis].items()
            ]
            texts.append(table([axis, *peers], cells) + "\n")
            print(texts[-1], flush=True)
        rows = 2_000 if args.short else 1_000_000
        taken = mapped(Path(folder), rows)
        texts.append(
            f"{rows:,} rows of bytes, mapped from disk: {taken.wall:,.1f} µs a step,"
            f" {taken.processor:,.1f} of processors\n"
        )
        print(texts[-1])
    if args.write:
        (args.write / "scaling.txt").write_text("\n".join(texts))
        draw(curves, peers, args.write / "scaling.png")


def _cell(times: dict[str, Taken], peer: str) -> str:
    if peer not in times:
        return "-"
    taken = times[peer]
    return f"{taken.wall:,.1f}  {taken.processor:,.1f}  {taken.wall / times['floor'].wall:.2f}"


def draw(curves: dict[str, Curve], peers: Sequence[str], path: Path) -> None:
    """Draw time against work, both axes logarithmic."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 7), layout="constrained")
    colours = {"floor": "0.6", "framework": "C1", "JAX scan": "C0", "PyTorch eager": "C3"}
    for i, (axis, rows) in enumerate(curves.items()):
        axes = figure.add_subplot(2, 2, i + 1)
        for peer in peers:
            known = {name: times[peer].wall for name, times in rows.items() if peer in times}
            at = [float(name.replace(",", "")) for name in known]
            axes.loglog(at, list(known.values()), "o-", color=colours.get(peer), label=peer)
        axes.set_xlabel(axis)
        axes.set_ylabel("µs a step")
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
