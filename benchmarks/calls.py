"""What a step is made of: each of its calls, and what it takes.

`python -m benchmarks.calls [--short] [--workloads B1,W1]`: microseconds of processor time of one
call, the best of several runs on one core, all arrays in the cache. Below them a whole step, as an
epoch takes it: what it takes beyond the sum is Python's own, and arrays that had left the cache.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from functools import partial

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402  (after the number of threads is settled)

from benchmarks.cores import bind, called  # noqa: E402
from benchmarks.data import digits  # noqa: E402
from benchmarks.machine import machine  # noqa: E402
from benchmarks.peers.own import Silent, trainer_of  # noqa: E402
from benchmarks.workloads import WORKLOADS, Workload  # noqa: E402
from framework.text import table  # noqa: E402

Call = Callable[[], object]


def best(call: Call, times: int, repeats: int) -> float:
    """Return the microseconds of processor time that a call takes at best."""
    lowest = float("inf")
    for _ in range(repeats):
        began = time.process_time()
        for _ in range(times):
            call()
        lowest = min(lowest, time.process_time() - began)
    return 1e6 * lowest / times


def calls_of(work: Workload, *, short: bool) -> list[tuple[str, float]]:
    """Return the calls of a step of the framework, in order, with their microseconds."""
    x, y = digits(short=short)
    trainer = trainer_of(work, x[: work.rows], y[: work.rows].astype(np.int64), engine="numpy")
    epochs = iter(trainer.epochs(Silent()))
    step, batches = trainer._step[work.batch], trainer.minibatches
    rows, targets = next(batches.batches(batches.order(np.random.default_rng(0))))
    losses = np.empty(work.batch, np.float32)
    batches.gather(rows, step.inputs, step.scale)
    loss = partial(step._loss.evaluate, step.outputs, targets, losses, step._gradient)
    named: list[tuple[str, Call]] = [
        ("gather a batch", partial(batches.gather, rows, step.inputs, step.scale)),
        ("learning rates", partial(step._rates.set, 1)),
        *((f"forward {i + 1}", call) for i, call in enumerate(step._forward)),
        ("loss", partial(loss, step._loss_arrays)),
        *((f"back {i + 1}", call) for i, call in enumerate(step._backward)),
        *((f"update {i + 1}", partial(call, 1)) for i, call in enumerate(step._moves)),
    ]
    times, repeats = (2, 1) if short else (200, 30)
    with np.errstate(all="ignore"):
        taken = [(name, best(call, times, repeats)) for name, call in named]
        taken.append((f"sum of {len(taken)}", sum(seconds for _, seconds in taken)))
        whole = best(lambda: next(epochs), 1, 2 if short else 20) / work.steps
    return [*taken, ("a step of an epoch", whole)]


def main() -> None:
    """Print a table for each workload."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calls", description=__doc__)
    parser.add_argument("--short", action="store_true", help="see that it works; no figures")
    parser.add_argument("--workloads", default="B1,W1")
    chosen = parser.parse_args()
    cores = called(1, bound=bind(1))
    print(f"{machine()}; cores: {cores}")
    for name in chosen.workloads.split(","):
        work = WORKLOADS[name].short() if chosen.short else WORKLOADS[name].of(2000)
        rows = [[what, f"{taken:.2f}"] for what, taken in calls_of(work, short=chosen.short)]
        print(f"\n{work.name}: {work.says}\n\n{table(['call', 'µs'], rows)}")


if __name__ == "__main__":
    main()
