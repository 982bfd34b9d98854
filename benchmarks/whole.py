"""Whole command lines: how soon they start, what a step and all beside it cost, how sweeps scale.

`python -m benchmarks.whole [--short]`: on one core and on all, by the clock and of processors, with
all processes that a command starts.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from benchmarks.commands import kept_to, run
from benchmarks.cores import Taken, available, called, can_bind
from benchmarks.data import digits_file
from benchmarks.machine import machine
from benchmarks.tables import SECONDS, median, seconds_of
from benchmarks.workers import Worker
from benchmarks.workloads import WORKLOADS
from framework.text import table

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
            print(time.time() - float(os.environ["BEGAN"]), time.process_time(), flush=True)

@hookimpl
def framework_callbacks():
    return {"stopwatch": Stopwatch}
'''
START, USUAL, BARE = "to the end of the first step", "with the usual callbacks", "with none"
Times = dict[tuple[str, int], list[Taken]]
"""What was timed and the number of cores → what each repeat took."""


def started(folder: Path, base: tuple[str, ...]) -> Taken:
    """Return what a command takes until its first step has ended."""
    watch = ("plugins=[stopwatch]", "+callbacks.watch.name=stopwatch", "trainer.epochs=1")
    began = str(time.time())
    done = run(["-m", "framework", *base, *watch], folder, env={"BEGAN": began})
    wall, processor = map(float, done.said.split()[:2])
    return Taken(wall, processor)


def trained(folder: Path, *arguments: str) -> tuple[Taken, float]:
    """Return what a command takes, and the seconds of its steps by the clock."""
    directory = tempfile.mkdtemp(dir=folder)
    done = run(["-m", "framework", *arguments, f"hydra.run.dir={directory}/run"], folder)
    summary = json.loads((Path(directory) / "run" / "summary.json").read_text())
    return done.taken, float(summary["training_seconds"])


def main() -> None:
    """Run all and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whole", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few steps, to see that it works")
    short = parser.parse_args().short
    base = ("data=spirals",) if short else ()
    epochs, repeats, jobs = (1, 1, 2) if short else (25, 3, 8)
    counts, count = sorted({1, available()}), f"trainer.epochs={epochs}"
    times: Times = {}
    steps: dict[tuple[str, int], list[float]] = {}
    floors: list[float] = []
    with tempfile.TemporaryDirectory() as name, digits_file(short=short) as data:
        folder = Path(name)
        (folder / "stopwatch.py").write_text(STOPWATCH)
        floor = Worker(["floor"], 1, data)
        try:
            floor.build(WORKLOADS["W1"])
            for _ in range(repeats):
                floors.append(floor.time("floor").wall)
                for cores in counts:
                    with kept_to(cores):
                        for _ in range(1 if short else 3):
                            times.setdefault((START, cores), []).append(started(folder, base))
                        for what, more in ((USUAL, ()), (BARE, ("callbacks=none",))):
                            taken, training = trained(folder, *base, count, *more)
                            times.setdefault((what, cores), []).append(taken)
                            steps.setdefault((what, cores), []).append(training)
        finally:
            floor.close()
        sweep = ("-m", "framework", "-m", *base, count, f"seed=range({jobs})")
        for cores in counts:
            with kept_to(cores):
                done = run([*sweep, f"hydra.sweep.dir=on_{cores}"], folder)
                times[f"{jobs} runs, one after another", cores] = [done.taken]
        if find_spec("hydra_plugins.hydra_joblib_launcher"):
            with kept_to(max(counts)):
                done = run([*sweep, "hydra.sweep.dir=beside", "hydra/launcher=joblib"], folder)
                times[f"{jobs} runs, side by side", max(counts)] = [done.taken]
    rows = [
        [what, called(cores, bound=can_bind()), *seconds_of(runs)]
        for (what, cores), runs in times.items()
    ]
    print(f"{machine()}\n\nthe framework's command line, {epochs} epochs of W1\n")
    print(table(["", "cores", *SECONDS], rows))
    for cores in counts:
        of_steps = min(steps[BARE, cores])
        whole, start = median(times[USUAL, cores]), median(times[START, cores])
        beside = (whole - start) / of_steps - 1
        text = f"cores: {called(cores, bound=can_bind())}; beside start and steps: {beside:+.0%}"
        if not short:
            ratio = min(steps[USUAL, cores]) / epochs / min(floors)
            text += f"; a step with the usual callbacks: {ratio:.2f} × floor on one core"
        print(text)


if __name__ == "__main__":
    main()
