"""Several networks of one shape in one process: stacked, sharing each gathered batch, or apart.

`python -m benchmarks.stacked [--short]`, one thread. *Apart*: the framework's steps, one network
after the other. *Shared batch*: the same, each batch gathered once for all. *Stacked*: one batch,
each product still a call of its own, since BLAS has none for several small matrices, but everything
between the products done for all networks at once.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from itertools import pairwise
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402  (after the number of threads is settled)

from benchmarks.cores import Taken, bind, called, timed  # noqa: E402
from benchmarks.data import digits  # noqa: E402
from benchmarks.machine import machine  # noqa: E402
from benchmarks.peers import Epoch  # noqa: E402
from benchmarks.peers.own import ours, ours_shared  # noqa: E402
from benchmarks.tables import SECONDS, best, seconds_of  # noqa: E402
from benchmarks.workloads import WORKLOADS, Workload  # noqa: E402
from framework.engine.blas import bind_gemm  # noqa: E402
from framework.text import table  # noqa: E402


def apart(work: Workload, x: Any, y: Any, networks: int) -> Epoch:
    """Train the networks one after the other."""
    epochs = [ours(work, x, y) for _ in range(networks)]

    def epoch() -> None:
        for one in epochs:
            one()

    return epoch


def stacked(work: Workload, x: Any, y: Any, networks: int) -> Epoch:
    """Train the networks together: activations of all of them in one array."""
    rng, batch, n = np.random.default_rng(0), work.batch, networks
    matrices = [
        (rng.standard_normal((n, m, d + 1)) * 0.05).astype(np.float32).transpose(0, 2, 1)
        for d, m in pairwise(work.units)
    ]
    inputs = np.ones((batch, work.features + 1), np.float32)
    units = work.units[1:]
    ones = [np.ones((n, u + 1, batch), np.float32).transpose(0, 2, 1) for u in units]
    above = [a[:, :, :-1] for a in ones]
    back = [np.zeros_like(a) for a in above]
    zeros = [np.zeros_like(a) for a in above]
    onehot = np.zeros((batch, work.classes), np.float32)
    classes = np.eye(work.classes, dtype=np.float32)

    def bind(a: Any, b: Any, out: Any, scale: float, keep: float) -> Callable[[], object]:
        bound = bind_gemm(a, b, out, scale=scale, keep=keep)
        if bound is None:
            raise LookupError("numpy's BLAS cannot be called directly here")
        return bound.call

    forward, gradients, updates = [], [], []
    for i, a in enumerate(matrices):
        below = [inputs] * n if i == 0 else list(ones[i - 1])
        forward.append([bind(below[k], a[k], above[i][k], 1.0, 0.0) for k in range(n)])
        updates.append([bind(below[k].T, back[i][k], a[k], -work.rate, 1.0) for k in range(n)])
        if i:
            gradients.append(
                [bind(back[i][k], a[k][:-1].T, back[i - 1][k], 1.0, 0.0) for k in range(n)]
            )

    def step(rows: Any) -> None:
        np.multiply(x[rows], np.float32(1 / 255), out=inputs[:, :-1])
        for i, calls in enumerate(forward):
            for call in calls:
                call()
            if i < len(forward) - 1:
                np.maximum(above[i], zeros[i], out=above[i])
        z = above[-1] - above[-1].max(axis=2, keepdims=True)
        np.exp(z, out=z)
        z /= z.sum(axis=2, keepdims=True)
        classes.take(y[rows], 0, onehot, "clip")
        np.subtract(z, onehot, out=back[-1])
        back[-1][...] *= 1 / batch
        for i in reversed(range(len(matrices))):
            if i:
                for call in gradients[i - 1]:
                    call()
                back[i - 1][...] *= np.sign(above[i - 1])
            for call in updates[i]:
                call()

    def epoch() -> None:
        order = rng.permutation(len(x))
        for s in range(work.steps):
            step(order[s * batch : (s + 1) * batch])

    return epoch


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stacked", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few steps, to see that it works")
    parser.add_argument("--networks", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    cores = called(1, bound=bind(1))
    work = WORKLOADS["W1"].short() if args.short else WORKLOADS["W1"]
    x, y = digits(short=args.short)
    x, y = x[: work.rows], y[: work.rows].astype(np.int64)
    epochs = {
        "apart": apart(work, x, y, args.networks),
        "shared batch": ours_shared(work, x, y, args.networks),
        "stacked": stacked(work, x, y, args.networks),
    }
    times: dict[str, list[Taken]] = {name: [] for name in epochs}
    for _ in range(1 if args.short else args.repeats):
        for name, epoch in epochs.items():
            times[name].append(timed(epoch))
    base = best(times["apart"]).wall
    rows = [
        [name, *seconds_of(runs), f"{best(runs).wall / base:.2f}"] for name, runs in times.items()
    ]
    print(f"{machine()}; cores: {cores}")
    print(f"{args.networks} networks: {work.says}, one epoch of the framework's steps")
    print(table(["", *SECONDS, "× apart"], rows))


if __name__ == "__main__":
    main()
