"""What each idea of the fast step is worth: a network with the idea taken back, and as it is.

`python -m benchmarks.ideas [--short] [--workload WIDE]`, interleaved, on one thread unless
OPENBLAS_NUM_THREADS says otherwise. Ideas that did not make it into the framework are tried here
too.
"""

from __future__ import annotations

import argparse
import os
import threading
from collections.abc import Callable
from contextlib import ExitStack
from queue import SimpleQueue
from typing import Any
from unittest.mock import patch

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402  (after the number of threads is settled)

from benchmarks.cores import Taken, called, timed  # noqa: E402
from benchmarks.data import digits  # noqa: E402
from benchmarks.machine import machine  # noqa: E402
from benchmarks.peers import Epoch  # noqa: E402
from benchmarks.peers.floor import floor  # noqa: E402
from benchmarks.peers.own import Silent, trainer_of  # noqa: E402
from benchmarks.tables import SECONDS, best, seconds_of  # noqa: E402
from benchmarks.workloads import WORKLOADS, Workload  # noqa: E402
from framework.engine import (  # noqa: E402
    affine,
    blas,
    graph,
    parameter_store,
    propagation,
)
from framework.registry.registry import Registry  # noqa: E402
from framework.text import table  # noqa: E402

Build = Callable[[Workload, Any, Any], Epoch]


def as_it_is(work: Workload, x: Any, y: Any, **options: Any) -> Epoch:
    """Train with every idea in place."""
    epochs = iter(trainer_of(work, x, y, **options).epochs(Silent()))
    return lambda: next(epochs).batch_loss


def without(*patches: tuple[Any, str, Any]) -> Build:
    """Train with parts of the framework replaced while it is built."""

    def build(work: Workload, x: Any, y: Any) -> Epoch:
        with ExitStack() as stack:
            for owner, name, value in patches:
                stack.enter_context(patch.object(owner, name, value))
            return as_it_is(work, x, y)

    return build


def plainly(work: Workload, x: Any, y: Any) -> Epoch:
    """The activations written as one would: a new array for every result."""
    registry = Registry()
    registry.load_installed()
    relu = registry.entry("layer", "relu").component
    return without(
        (relu, "forward", lambda self, x, out, arrays: np.maximum(x, 0)),
        (relu, "input_gradient", lambda self, x, y, g, out, arrays: g * (x > 0)),
    )(work, x, y)


def without_blas(work: Workload, x: Any, y: Any) -> Epoch:
    """Products through `np.matmul`, updates as passes over the parameters."""
    with patch.object(blas, "_gemm", lambda char: None):
        return as_it_is(work, x, y)


def gathered_ahead(work: Workload, x: Any, y: Any) -> Epoch:
    """The next batch is gathered in a thread while this one is computed."""
    trainer = trainer_of(work, x, y)
    batches, rng = trainer.minibatches, np.random.default_rng(0)
    step = trainer._step[work.batch]
    rooms = [np.empty_like(step.inputs) for _ in range(2)]
    asked: SimpleQueue[Any] = SimpleQueue()
    done: SimpleQueue[Any] = SimpleQueue()

    def gatherer() -> None:
        while True:
            rows, batch = asked.get()
            batches.gather(rows, batch, step.scale)
            done.put(batch)

    threading.Thread(target=gatherer, daemon=True).start()
    losses = np.empty(work.batch, np.float32)

    def epoch() -> None:
        drawn = list(batches.batches(batches.order(rng)))
        asked.put((drawn[0][0], rooms[0]))
        for i, (_, targets) in enumerate(drawn):
            batch = done.get()
            if i + 1 < len(drawn):
                asked.put((drawn[i + 1][0], rooms[(i + 1) % 2]))
            np.copyto(step.inputs, batch)
            step.run_step(i, targets, losses)

    return epoch


def floats_in_memory(work: Workload, x: Any, y: Any) -> Epoch:
    """The training set kept as float32, already scaled."""
    return as_it_is(work, np.multiply(x, np.float32(1 / 255)), y)


def every_gradient(work: Workload, x: Any, y: Any) -> Epoch:
    """Gradients written down, then an update: nothing fused."""
    return as_it_is(work, x, y, keep_gradients=True)


def row_major(batch: int, shape: Any, dtype: str, *, column_major: bool, scale: float = 1.0) -> Any:
    """Make room for a batch, row by row."""
    return _buffer(batch, shape, dtype, column_major=False, scale=scale)


_buffer, _request = affine.buffer, parameter_store.ParameterRequest

IDEAS: dict[str, Build] = {
    "as it is": as_it_is,
    "products through np.matmul, nothing fused": without_blas,
    "gradients written down, then an update": every_gradient,
    "no bias row: plain formulas of the dense layer": without(
        (graph, "keeps_promise", lambda layer, parameters: False)
    ),
    "activations sample by sample in memory": without((propagation, "buffer", row_major)),
    "weights stored as [D, M], not by output": without(
        (graph, "ParameterRequest", lambda p, r, a, by_output: _request(p, r, a, False))
    ),
    "weights stored by output in every layer": without(
        (graph, "ParameterRequest", lambda p, r, a, by_output: _request(p, r, a, a))
    ),
    "every activation in an array of its own": without(
        (graph.Graph, "overwrites", lambda self, i: False),
        (graph.BoundLayer, "in_place", property(lambda self: False)),
    ),
    "activations in the plain style, allocating": plainly,
    "training set in memory as floats": floats_in_memory,
    "the next batch gathered in a thread": gathered_ahead,
    "float64": lambda work, x, y: as_it_is(work, x, y, dtype="float64"),
}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ideas", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few steps, to see that it works")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--workload", default="W1", choices=WORKLOADS, metavar="WORKLOAD")
    args = parser.parse_args()
    work = WORKLOADS[args.workload]
    work = work.short() if args.short else work
    x, y = digits(short=args.short)
    x, y = x[: work.rows], y[: work.rows].astype(np.int64)
    epochs = {"floor": floor(work, x, y)} | {n: build(work, x, y) for n, build in IDEAS.items()}
    times: dict[str, list[Taken]] = {name: [] for name in epochs}
    for turn in range(2 if args.short else args.repeats + 1):
        for name, epoch in epochs.items():
            taken = timed(epoch)
            if turn:  # the first warms up
                times[name].append(taken)
    least = {name: best(runs).wall for name, runs in times.items()}
    rows = [
        [
            name,
            *seconds_of(times[name]),
            f"{t / least['floor']:.2f}",
            f"{t / least['as it is']:.2f}",
        ]
        for name, t in least.items()
    ]
    print(f"{machine()}; cores: {called(1, bound=False)}")
    print(f"{work.says}, an epoch of the framework's steps")
    print(table(["", *SECONDS, "× floor", "× as it is"], rows))


if __name__ == "__main__":
    main()
