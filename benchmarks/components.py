"""What a step of training costs with each activation, norm, update rule and loss, beside its peers.

`python -m benchmarks.components [--short] [--kinds …] [--peers …] [--write FILE]`: the reference
network, 784-100-200-10 at batch 32, with the component in its place. All peers are in this one
process, which is pinned to one core, with one thread each, and are timed in turns. Processor time
is what to compare where others share the machine; best of all repeats. PyTorch is eager, JAX one
compiled scan with optax's rules, Keras `fit` on JAX.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["KERAS_BACKEND"] = "jax"

import numpy as np  # noqa: E402  (after the number of threads is settled)

from benchmarks.component_peers import BATCH, PEERS, Epoch  # noqa: E402
from benchmarks.component_rows import Row, rows  # noqa: E402
from benchmarks.cores import bind, called  # noqa: E402
from benchmarks.cores import timed as took  # noqa: E402
from benchmarks.data import digits  # noqa: E402
from benchmarks.machine import machine  # noqa: E402
from framework.text import table  # noqa: E402

_HEADINGS = {
    "activation": "activations",
    "norm": "norms, each ahead of a ReLU",
    "update rule": "update rules",
    "loss": "losses",
}
Times = tuple[float, float]
"""Processor and wall, microseconds of a step."""


def drawn(steps: int, *, short: bool) -> tuple[Any, dict[str, Any]]:
    """Return inputs and targets of each kind."""
    x, labels = digits(short=short)
    count = steps * BATCH
    x, labels = np.multiply(x[:count], np.float32(1 / 255)), labels[:count].astype(np.int64)
    onehot = np.eye(10, dtype=np.float32)[labels]
    shares = (onehot + 0.1) / 2
    return x, {
        "labels": labels,
        "two": (labels % 2).astype(np.float32),
        "sets": onehot,
        "distributions": shares,
        "values": onehot,
    }


def measure(epochs: dict[str, Epoch], steps: int, repeats: int) -> dict[str, Times]:
    """Time everyone in turns; return the least processor and wall time of a step."""
    best: dict[str, Times] = {}
    for epoch in epochs.values():
        epoch()  # compiles, and warms what can be warmed
    gc.collect()
    for _ in range(repeats):
        for who, epoch in epochs.items():
            taken = took(epoch)
            one_step = 1e6 * taken.processor / steps, 1e6 * taken.wall / steps
            before = best.get(who, one_step)
            best[who] = min(before[0], one_step[0]), min(before[1], one_step[1])
    return best


def timed(row: Row, names: list[str], x: Any, targets: Any, repeats: int) -> dict[str, Times]:
    """Build the peers that have a component, and time them."""
    epochs = {}
    for name in names:
        try:
            epochs[name] = PEERS[name][0](row, x, targets)
        except (LookupError, AttributeError):  # an older version has no such component
            continue
    return measure(epochs, len(x) // BATCH, repeats)


def cells(name: str, times: dict[str, Times], peers: list[str]) -> list[str]:
    """Return a row of the table."""
    processor, wall = times["framework"]
    written = [name, f"{processor:.0f}", f"{wall:.0f}"]
    for peer in peers:
        theirs = times.get(peer)
        ratios = ("", "") if theirs is None else (theirs[0] / processor, theirs[1] / wall)
        written += [ratio if isinstance(ratio, str) else f"{ratio:.2f}" for ratio in ratios]
    return written


def main() -> None:
    """Print a table for each kind."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.components", description=__doc__)
    parser.add_argument("--short", action="store_true", help="see that it works; no figures")
    parser.add_argument("--kinds", default="activation,norm,update rule,loss")
    parser.add_argument("--peers", default="PyTorch,JAX,Keras", help="default: all installed")
    parser.add_argument("--only", default="", help="names of components, after commas")
    parser.add_argument("--steps", type=int, default=250, help="steps of one measurement")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--write", type=Path, help="file for the tables")
    chosen = parser.parse_args()
    logging.disable(logging.WARNING)
    cores = called(1, bound=bind(1))
    peers = [name for name in chosen.peers.split(",") if name and find_spec(PEERS[name][1])]
    if "PyTorch" in peers:
        import torch

        torch.set_num_threads(1)
    steps, repeats = (2, 1) if chosen.short else (chosen.steps, chosen.repeats)
    x, targets = drawn(steps, short=chosen.short)
    columns = [
        "",
        "processor",
        "wall",
        *(f"{p}{what}" for p in peers for what in (" ×", " wall ×")),
    ]
    texts = [f"{machine()}; cores: {cores}\n\nmicroseconds of a step; peers: times ours"]
    print(texts[0], flush=True)
    only = set(chosen.only.split(",")) - {""}
    for kind in chosen.kinds.split(","):
        written = []
        for row in rows():
            if row.kind == kind and (not only or row.name in only):
                times = timed(row, ["framework", *peers], x, targets, repeats)
                written.append(cells(row.name, times, peers))
                print("  ".join(written[-1]), flush=True)
        texts.append(f"{_HEADINGS[kind]}\n\n{table(columns, written)}")
        print("\n" + texts[-1], flush=True)
    if chosen.write:
        chosen.write.write_text("\n\n".join(texts) + "\n")


if __name__ == "__main__":
    main()
