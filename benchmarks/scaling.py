"""How time follows work: batch size, width, depth and number of rows, against the floor.

`python -m benchmarks.scaling [--short] [--write docs]`
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402  (after the number of threads is settled)

from benchmarks.__main__ import digits, machine  # noqa: E402
from benchmarks.peers import Epoch, floor, ours  # noqa: E402
from benchmarks.workloads import Workload  # noqa: E402
from framework.tables import table  # noqa: E402

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


def timed(epoch: Epoch) -> float:
    """Time one epoch."""
    began = time.perf_counter()
    epoch()
    return time.perf_counter() - began


def measure(work: Workload, x: Any, y: Any, repeats: int) -> tuple[float, float]:
    """Give the median microseconds of a step, of the floor and of the framework, in turns."""
    epochs = [peer(work, x[: work.rows], y[: work.rows]) for peer in (floor, ours)]
    for epoch in epochs:
        epoch()
    found = [[timed(epoch) for epoch in epochs] for _ in range(repeats)]
    floors, mine = (statistics.median(times) / work.steps * 1e6 for times in zip(*found))  # noqa: B905
    return floors, mine


def mapped(folder: Path, rows: int, repeats: int) -> float:
    """Give the microseconds of a step on rows that stay on disk, as `data=npz` maps them."""
    from framework.registry import Registry

    inputs = np.lib.format.open_memmap(folder / "inputs.npy", "w+", np.uint8, (rows, 784))
    rng = np.random.default_rng(0)
    for start in range(0, rows, 50_000):
        inputs[start : start + 50_000] = rng.integers(0, 256, (min(50_000, rows - start), 784))
    inputs.flush()
    np.save(folder / "targets.npy", rng.integers(0, 10, rows))
    registry = Registry()
    registry.load_installed()
    dataset = registry.entry("dataset", "npz").component
    data = dataset(path=str(folder), validation=0.0, test=0.0).load(rng)  # type: ignore[attr-defined, call-arg]
    work = replace(BASE, rows=rows)
    epoch = ours(work, data.train.inputs, data.train.targets)
    return statistics.median(timed(epoch) for _ in range(repeats)) / work.steps * 1e6


def main() -> None:
    """Run all, print tables, draw the curves."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few steps, to see that it works")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--write", type=Path, help="folder for scaling.txt and scaling.png")
    args = parser.parse_args()
    x, y = digits(short=args.short)
    inputs = np.multiply(x, np.float32(1 / 255))
    labels = y.astype(np.int64)
    texts, curves = [machine() + "; one thread\n"], {}
    for axis, points in AXES.items():
        rows = []
        for name, work in points:
            work = work.short() if args.short else work
            base, mine = measure(work, inputs, labels, 1 if args.short else args.repeats)
            rows.append((name, base, mine))
        curves[axis] = rows
        cells = [[n, f"{b:,.1f}", f"{m:,.1f}", f"{m / b:.2f}"] for n, b, m in rows]
        texts.append(
            table([axis, "floor, µs a step", "framework, µs a step", "ratio"], cells) + "\n"
        )
        print(texts[-1], flush=True)
    if not args.short:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            found = mapped(Path(folder), 1_000_000, 1)
        texts.append(f"1,000,000 rows of bytes, mapped from disk: {found:,.1f} µs a step\n")
        print(texts[-1])
    if args.write:
        (args.write / "scaling.txt").write_text("\n".join(texts))
        draw(curves, args.write / "scaling.png")


def draw(curves: dict[str, list[tuple[str, float, float]]], path: Path) -> None:
    """Draw time against work, both axes logarithmic."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 7), layout="constrained")
    for i, (axis, rows) in enumerate(curves.items()):
        axes = figure.add_subplot(2, 2, i + 1)
        at = [float(name.replace(",", "")) for name, _, _ in rows]
        axes.loglog(at, [b for _, b, _ in rows], "o-", color="0.6", label="floor")
        axes.loglog(at, [m for _, _, m in rows], "o-", color="C1", label="framework")
        axes.set_xlabel(axis)
        axes.set_ylabel("µs a step")
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
