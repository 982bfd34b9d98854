"""The same layers in a row, in a chain, and with a skip: `python -m benchmarks.blocks`.

One thread; the best and the median time of a run, in turns, and its ratio to that of the row. Pin
it to one core for a fair clock: `taskset -c 0 python -m benchmarks.blocks`.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import tempfile
from pathlib import Path

import numpy as np

import framework

DENSE = "{name: dense, units: 200}"
PLANS = {
    "row": f"[{DENSE}, relu, {DENSE}, relu, {DENSE}, relu, dense]",
    "chain": f"[{DENSE}, relu, {{chain: [{DENSE}, relu, {DENSE}, relu]}}, dense]",
    "residual": f"[{DENSE}, relu, {{residual: [{DENSE}, relu, {DENSE}, relu]}}, dense]",
}


def seconds(plan: str, rows: int, epochs: int) -> float:
    """Return the seconds of a run's epochs."""
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((rows, 784)).astype(np.float32)
    overrides = ["model=sequential", f"model.layers={plan}", "layer=dense_xavier"]
    overrides += ["callbacks=none", "checkpoint=none", "trainer.threads=1"]
    with tempfile.TemporaryDirectory() as folder:
        run = framework.fit(
            inputs,
            rng.integers(0, 10, rows),
            epochs=epochs,
            overrides=overrides,
            directory=Path(folder) / "run",
        )
    return sum(record.seconds for record in run.metrics)


def main() -> None:
    """Time all in turns, print a line each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.blocks", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few steps, to see that it works")
    short = parser.parse_args().short
    logging.disable(logging.WARNING)
    rows, epochs, repeats = (320, 1, 1) if short else (6_400, 4, 9)
    times: dict[str, list[float]] = {name: [] for name in PLANS}
    for _ in range(repeats):
        for name, plan in PLANS.items():
            times[name].append(seconds(plan, rows, epochs))
    print("framework: seconds, and how many times a row's: best, median")
    row = times["row"]
    for name, taken in times.items():
        best, median = min(taken), statistics.median(taken)
        ratios = f"{best / min(row):.2f}  {median / statistics.median(row):.2f}"
        print(f"{name:9} {best:.3f}  {median:.3f}   {ratios}")


if __name__ == "__main__":
    main()
