"""Whole command lines: how soon they start, what a step and all beside it cost, how sweeps scale.

`python -m benchmarks.whole [--short]`
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from benchmarks.__main__ import machine
from benchmarks.peers import floor
from benchmarks.workloads import WORKLOADS

STOPWATCH = '''
import os, time
from dataclasses import dataclass
from framework import Callback, hookimpl

@dataclass(frozen=True)
class Stopwatch(Callback):
    """Says when the first step ended."""

    @hookimpl
    def framework_steps_ended(self, run, step, losses):
        if step == len(losses):
            print(time.time() - float(os.environ["BEGAN"]), flush=True)

@hookimpl
def framework_callbacks():
    return {"stopwatch": Stopwatch}
'''


def command(folder: str, *arguments: str, **env: str) -> tuple[float, str]:
    """Run a command line; give its seconds and what it printed."""
    began = time.time()
    done = subprocess.run(
        [sys.executable, "-m", "framework", *arguments],
        cwd=folder,
        env={**os.environ, "BEGAN": str(began), **env},
        capture_output=True,
        text=True,
        check=True,
    )
    return time.time() - began, done.stdout


def floor_epoch(repeats: int) -> float:
    """Return the seconds of the products of an epoch of W1, on one thread."""
    import threadpoolctl

    with threadpoolctl.threadpool_limits(1):
        epoch = floor(WORKLOADS["W1"], None, None)
        epoch()
        times = []
        for _ in range(repeats):
            began = time.perf_counter()
            epoch()
            times.append(time.perf_counter() - began)
    return statistics.median(times)


def main() -> None:
    """Run all and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whole", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few steps, to see that it works")
    args = parser.parse_args()
    base = ("data=spirals",) if args.short else ()
    epochs, repeats = (1, 1) if args.short else (25, 3)
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "stopwatch.py").write_text(STOPWATCH)
        watch = ("plugins=[stopwatch]", "+callbacks.watch.name=stopwatch", "trainer.epochs=1")
        starts = [float(command(folder, *base, *watch)[1]) for _ in range(3 * repeats)]
        print(f"command to first step: {statistics.median(starts):.2f} s (best {min(starts):.2f})")

        runs = []
        for i in range(repeats):
            count = f"trainer.epochs={epochs}"
            whole, _ = command(folder, *base, count, f"hydra.run.dir=whole{i}")
            ground = floor_epoch(3)
            bare = ("callbacks=none", "trainer.threads=1")
            command(folder, *base, count, *bare, f"hydra.run.dir=bare{i}")
            beside, alone = (
                json.loads((Path(folder) / f"{name}{i}" / "summary.json").read_text())
                for name in ("whole", "bare")
            )
            steps = alone["training_seconds"]
            runs.append((whole, steps, beside["training_seconds"] / epochs / ground))
        whole, steps, ratio = (statistics.median(r[i] for r in runs) for i in range(3))
        start = statistics.median(starts)
        if not args.short:
            print(f"a step with the default callbacks: {ratio:.2f} × floor")
        print(
            f"{epochs} epochs: {whole:.2f} s whole, {steps:.2f} s of steps alone on one core;"
            f" beside steps and start: {(whole - start) / steps - 1:+.0%}"
        )

        sweep = ("-m", *base, f"trainer.epochs={epochs}", "seed=range(8)")
        if find_spec("hydra_plugins.hydra_joblib_launcher") is None:
            print("eight runs: hydra-joblib-launcher is not installed")
            return
        serial, _ = command(folder, *sweep, "hydra.sweep.dir=one")
        parallel, _ = command(folder, *sweep, "hydra.sweep.dir=two", "hydra/launcher=joblib")
        print(
            f"eight runs: {serial:.2f} s one after another, {parallel:.2f} s in parallel:"
            f" {parallel / serial:.2f}"
        )


if __name__ == "__main__":
    main()
