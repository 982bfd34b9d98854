"""A sweep of small networks beside scikit-learn's grid search: `python -m benchmarks.sweeps`.

The same 300 networks (three widths, ten learning rates, ten seeds), data, batches, epochs and SGD,
each contender in a process of its own on one core: all processor time, start and pictures included,
and wall time. What a sweep leaves and a grid search does not: a folder of each job, with its
configuration, checkpoints and summary, a ledger, a leaderboard.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence

from benchmarks.commands import kept_to, run
from benchmarks.cores import called, can_bind
from benchmarks.machine import machine
from framework.text import table

HIDDEN = ([8], [32], [32, 32])
RATES = (0.5, 0.3, 0.2, 0.1, 0.07, 0.05, 0.03, 0.02, 0.01, 0.005)
EPOCHS = 5
Grid = tuple[Sequence[Sequence[int]], Sequence[float], int]
"""Units of the hidden layers, learning rates, how many seeds."""
GRID_SEARCH = f"""
import json
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
hidden, rates, seeds = json.loads(sys.argv[1])
grid = {{
    "hidden_layer_sizes": [tuple(units) for units in hidden],
    "learning_rate_init": rates,
    "random_state": range(seeds),
}}
search = GridSearchCV(network, grid, cv=PredefinedSplit(fold), refit=False).fit(x, y)
print(len(search.cv_results_["params"]))
"""


def sweep(grid: Grid, *overrides: str) -> list[str]:
    """Return the command of a sweep over the grid."""
    hidden, rates, seeds = grid
    widths = ",".join(str(units).replace(" ", "") for units in hidden)
    return [
        *("-m", "framework", "-m", "data=spirals", f"trainer.epochs={EPOCHS}"),
        f"model.hidden={widths}",
        f"layer.update_rule.learning_rate={','.join(map(str, rates))}",
        f"seed=range({seeds})",
        *overrides,
    ]


def main() -> None:
    """Time the contenders, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweeps", description=__doc__)
    parser.add_argument("--short", action="store_true", help="see that it works; no figures")
    parser.add_argument("--seeds", type=int, default=10, help="30 networks for each")
    parser.add_argument("--limit", type=float, default=900.0, help="seconds of a contender")
    asked = parser.parse_args()
    grid: Grid = (HIDDEN[:1], RATES[:2], 1) if asked.short else (HIDDEN, RATES, asked.seeds)
    jobs = len(grid[0]) * len(grid[1]) * grid[2]
    contenders = {
        "GridSearchCV over MLPClassifier": ["-c", GRID_SEARCH, json.dumps(grid)],
        "framework, callbacks=none": sweep(grid, "callbacks=none"),
        "framework, callbacks=none checkpoint=none": sweep(
            grid, "callbacks=none", "checkpoint=none"
        ),
        "framework, all pictures": sweep(grid),
    }
    rows = []
    for name, command in contenders.items():
        with tempfile.TemporaryDirectory() as folder, kept_to(1):
            try:
                taken = run(command, folder, asked.limit).taken
            except RuntimeError as error:
                rows.append([name, str(error), "", "", ""])
                continue
        each = [f"{seconds / jobs:.3f}" for seconds in (taken.processor, taken.wall)]
        rows.append([name, f"{taken.processor:.1f}", f"{taken.wall:.1f}", *each])
        print(f"{name}: {taken.processor:.1f} s", file=sys.stderr, flush=True)
    columns = ["", "processor seconds", "wall seconds", "processor s a job", "wall s a job"]
    print(f"{machine()}\n{jobs} networks; cores: {called(1, bound=can_bind())}\n")
    print(table(columns, rows))


if __name__ == "__main__":
    main()
