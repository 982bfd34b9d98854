"""The estimators beside scikit-learn's own, on the same work: a whole `fit`, and a `predict`.

`python -m benchmarks.estimators [--short]`: Adam with the same numbers, batches, epochs, dtype and
network; no penalty, no early stopping; one thread of BLAS. Each pair is timed in turn, and the
median of the repetitions is shown. The first `fit` of ours, which composes the configuration, is a
row of its own; later ones with the same components find it.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import threadpoolctl

from benchmarks.cores import Taken, bind, called, timed
from benchmarks.machine import machine
from benchmarks.tables import best
from framework.text import table


@dataclass(frozen=True)
class Work:
    """A network, and the data it is trained on."""

    name: str
    rows: int
    features: int
    classes: int | None
    hidden: tuple[int, ...]
    batch: int
    epochs: int
    dtype: str = "float64"


WORKS = (
    Work("small: 150 rows, 4-100-3", 150, 4, 3, (100,), 150, 200),
    Work("table: 5,000 rows, 30-100-2", 5_000, 30, 2, (100,), 200, 20),
    Work("values: 5,000 rows, 30-100-1", 5_000, 30, None, (100,), 200, 20),
    Work("digits: 20,000 rows, 784-100-200-10", 20_000, 784, 10, (100, 200), 32, 1),
    Work("digits in float32", 20_000, 784, 10, (100, 200), 32, 1, "float32"),
)
Fit = Callable[[], Any]


def pair(work: Work) -> tuple[Fit, Fit, Any]:
    """Return what fits ours and theirs, and the inputs."""
    from sklearn import neural_network

    import framework.sklearn

    rng = np.random.default_rng(0)
    x = rng.normal(size=(work.rows, work.features)).astype(work.dtype)
    hidden = x @ rng.normal(size=(work.features, work.classes or 1)).astype(work.dtype)
    if work.classes is None:
        y, kind = np.tanh(hidden[:, 0]), "MLPRegressor"
    else:
        y, kind = hidden.argmax(axis=1), "MLPClassifier"
    ours = getattr(framework.sklearn, kind)(
        work.hidden, epochs=work.epochs, batch_size=work.batch, random_state=0
    )
    theirs = getattr(neural_network, kind)(
        hidden_layer_sizes=work.hidden,
        alpha=0.0,
        batch_size=work.batch,
        max_iter=work.epochs,
        n_iter_no_change=work.epochs + 1,
        random_state=0,
    )
    return (lambda: ours.fit(x, y)), (lambda: theirs.fit(x, y)), x


def compare(work: Work, repeats: int) -> list[list[str]]:
    """Return the rows of the table for a workload; of all but the first fit, the best."""
    ours, theirs, x = pair(work)
    first = timed(ours)
    model, peer = ours(), theirs()
    calls = (ours, theirs, lambda: model.predict(x), lambda: peer.predict(x))
    runs = [[timed(call) for call in calls] for _ in range(repeats)]
    fit, their_fit, predict, their_predict = map(best, map(list, zip(*runs, strict=True)))
    return [
        [work.name, "first fit", *_cells(first), "", "", ""],
        ["", "fit", *_cells(fit), *_cells(their_fit), f"{their_fit.wall / fit.wall:.2f}"],
        [
            *("", "predict", *_cells(predict), *_cells(their_predict)),
            f"{their_predict.wall / predict.wall:.2f}",
        ],
    ]


def _cells(taken: Taken) -> tuple[str, str]:
    return f"{taken.wall:.4f}", f"{taken.processor:.4f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    short = parser.parse_args().short
    warnings.simplefilter("ignore")  # theirs says that it has not converged
    rows: list[list[str]] = []
    cores = called(1, bound=bind(1))
    with threadpoolctl.threadpool_limits(1):
        for work in WORKS:
            small = replace(work, rows=min(work.rows, 300), epochs=2)
            rows += compare(small if short else work, 1 if short else 5)
    print(f"{machine()}; cores: {cores}; seconds\n")
    print(
        table(
            [
                "work",
                "call",
                "framework",
                "processor",
                "scikit-learn",
                "processor",
                "theirs / ours",
            ],
            rows,
        )
    )


if __name__ == "__main__":
    main()
