"""A sweep of small networks beside scikit-learn's grid search: `python -m benchmarks.sweeps`.

The same 300 networks (three widths, ten learning rates, ten seeds), data, batches, epochs and SGD,
each contender in a process of its own on one core: all processor time, start and pictures included,
and wall time. What a sweep leaves and a grid search does not: a folder of each job, with its
configuration, checkpoints and summary, a ledger, a leaderboard.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import subprocess
import sys
import tempfile
import time

from benchmarks.__main__ import machine
from framework.text import table

HIDDEN = ([8], [32], [32, 32])
RATES = (0.5, 0.3, 0.2, 0.1, 0.07, 0.05, 0.03, 0.02, 0.01, 0.005)
EPOCHS = 5
GRID_SEARCH = f"""
import sys
import warnings
import numpy as np
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.neural_network import MLPClassifier
from framework.plugins.datasets.spirals import Spirals

warnings.simplefilter("ignore")
data = Spirals().load(np.random.default_rng(0))
parts = (data.train, data.validation)
x = np.concatenate([part.inputs for part in parts])
y = np.concatenate([part.targets for part in parts])
fold = np.repeat([-1, 0], [len(part) for part in parts])
network = MLPClassifier(
    solver="sgd", momentum=0, alpha=0, batch_size=32, max_iter={EPOCHS}, tol=0, n_iter_no_change=99
)
grid = {{
    "hidden_layer_sizes": [tuple(units) for units in {HIDDEN}],
    "learning_rate_init": {RATES},
    "random_state": range(int(sys.argv[1])),
}}
search = GridSearchCV(network, grid, cv=PredefinedSplit(fold), refit=False).fit(x, y)
print(len(search.cv_results_["params"]))
"""


def sweep(seeds: int, *overrides: str) -> list[str]:
    """Return the command of a sweep over the grid."""
    widths = ",".join(str(units).replace(" ", "") for units in HIDDEN)
    return [
        *("-m", "framework", "-m", "data=spirals", f"trainer.epochs={EPOCHS}"),
        f"model.hidden={widths}",
        f"layer.update_rule.learning_rate={','.join(map(str, RATES))}",
        f"seed=range({seeds})",
        *overrides,
    ]


def seconds(command: list[str]) -> tuple[float, float]:
    """Run Python on one core; return the seconds of processor and wall time, of all it started."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        wall = time.perf_counter() - began
        assert done.returncode == 0, done.stderr
        while True:  # a process that draws ends after the one that asked it
            try:
                os.wait()
            except ChildProcessError:
                break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return processor, wall


def main() -> None:
    """Time the contenders, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="one seed, only to see that it works")
    seeds = 1 if parser.parse_args().short else 10
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: grandchildren count
    jobs = len(HIDDEN) * len(RATES) * seeds
    contenders = {
        "GridSearchCV over MLPClassifier": ["-c", GRID_SEARCH, str(seeds)],
        "framework, callbacks=none": sweep(seeds, "callbacks=none"),
        "framework, callbacks=none checkpoint=none": sweep(
            seeds, "callbacks=none", "checkpoint=none"
        ),
        "framework, all pictures": sweep(seeds),
    }
    columns = ["", "processor seconds", "wall seconds", "processor ms a network"]
    rows = []
    for name, command in contenders.items():
        processor, wall = seconds(command)
        rows.append([name, f"{processor:.1f}", f"{wall:.1f}", f"{processor / jobs * 1000:.0f}"])
    print(machine())
    print(f"{jobs} networks, one core")
    print(table(columns, rows))


if __name__ == "__main__":
    main()
