"""The same layers in a row, in a chain, and with a skip: `python -m benchmarks.blocks`.

On one core, in turns: the best and the median time of some epochs, that of processors, and their
ratios to those of the row.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial
from typing import Any

from benchmarks.cores import Taken, bind, called, timed

BOUND = bind(1)  # before numpy counts the cores

import numpy as np  # noqa: E402
import yaml  # noqa: E402

from benchmarks.machine import machine  # noqa: E402
from benchmarks.peers import Epoch  # noqa: E402
from benchmarks.peers.own import Silent  # noqa: E402
from benchmarks.tables import SECONDS, best, median, seconds_of  # noqa: E402
from framework.text import table  # noqa: E402

DENSE = "{name: dense, units: 200}"
PLANS = {
    "row": f"[{DENSE}, relu, {DENSE}, relu, {DENSE}, relu, dense]",
    "chain": f"[{DENSE}, relu, {{chain: [{DENSE}, relu, {DENSE}, relu]}}, dense]",
    "residual": f"[{DENSE}, relu, {{residual: [{DENSE}, relu, {DENSE}, relu]}}, dense]",
}


def trained(plan: str, rows: int) -> Epoch:
    """Build a network and its trainer as a run does; return what trains an epoch."""
    from framework.registry.registry import Registry
    from framework.runs.builder import build
    from framework.settings.settings import read_settings

    registry = Registry()
    registry.load_installed()
    rng = np.random.default_rng(0)
    settings = read_settings(
        {
            "seed": 0,
            "dtype": "float32",
            "layer": {
                **{"name": "dense", "initializer": "xavier_normal"},
                **{"regularizer": "none", "update_rule": "sgd"},
            },
            "model": {"layers": yaml.safe_load(plan)},
            "loss": "softmax_cross_entropy",
            "data": "arrays",
            "metrics": {"loss": "loss"},
            "trainer": {"batch_size": 32, "epochs": 1_000_000},
        },
        registry,
    )
    inputs = rng.standard_normal((rows, 784)).astype(np.float32)
    splits = {"": rows, "validation_": 64, "test_": 64}
    given: dict[str, Any] = {f"{split}inputs": inputs[:n] for split, n in splits.items()}
    given |= {f"{split}targets": rng.integers(0, 10, n) for split, n in splits.items()}
    epochs = iter(build(replace(settings, given=given), registry).trainer.epochs(Silent()))
    return lambda: next(epochs).batch_loss


def several(epoch: Epoch, count: int) -> None:
    """Train so many epochs."""
    for _ in range(count):
        epoch()


def main() -> None:
    """Time all in turns, print a line each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.blocks", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few steps, to see that it works")
    short = parser.parse_args().short
    rows, epochs, repeats = (320, 1, 1) if short else (6_400, 4, 9)
    trainers = {name: trained(plan, rows) for name, plan in PLANS.items()}
    times: dict[str, list[Taken]] = {name: [] for name in PLANS}
    for _ in range(repeats):
        for name, epoch in trainers.items():
            times[name].append(timed(partial(several, epoch, epochs)))
    row = best(times["row"])
    cells = []
    for name, runs in times.items():
        taken = best(runs)
        ratios = [taken.wall / row.wall, median(runs) / median(times["row"])]
        ratios.append(taken.processor / row.processor)
        cells.append([name, *seconds_of(runs), *(f"{ratio:.2f}" for ratio in ratios)])
    columns = ["", *SECONDS, *(f"{what} × row" for what in ("best", "median", "processor"))]
    print(f"{machine()}; cores: {called(1, bound=BOUND)}")
    print(f"framework: {epochs} epochs of {rows} rows\n\n{table(columns, cells)}")


if __name__ == "__main__":
    main()
