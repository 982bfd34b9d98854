"""Each framework doing the same work, written as its own documentation recommends.

A peer is a function from a workload, inputs (float32) and labels to a function that trains one
epoch in a fresh order, and returns the last loss or nothing. What is made once is made outside. One
that does not have a workload's activation or rule raises `LookupError`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from benchmarks.peers.floor import floor
from benchmarks.peers.jax_scan import jax_scan
from benchmarks.peers.keras_fit import keras_jax
from benchmarks.peers.numpy_loop import numpy_loop
from benchmarks.peers.own import ours, ours_in_numpy
from benchmarks.peers.sklearn_mlp import sklearn_mlp
from benchmarks.peers.thinc_chain import thinc_chain
from benchmarks.peers.torch_loop import torch_compiled, torch_eager
from benchmarks.workloads import Workload

Epoch = Callable[[], Any]


@dataclass(frozen=True)
class Peer:
    """How a peer is built, the distribution that it needs, and whether its steps are compiled."""

    build: Callable[[Workload, Any, Any], Epoch]
    distribution: str
    compiled: bool = False


OWN = ("floor", "framework", "framework (numpy alone)")
"""Those that share a process, and are timed wherever anybody is."""
PEERS = {
    "floor": Peer(floor, "numpy"),
    "framework": Peer(ours, "mlp-framework"),
    "framework (numpy alone)": Peer(ours_in_numpy, "mlp-framework"),
    "numpy loop": Peer(numpy_loop, "numpy"),
    "JAX scan": Peer(jax_scan, "jax", compiled=True),
    "Keras on JAX": Peer(keras_jax, "keras", compiled=True),
    "scikit-learn": Peer(sklearn_mlp, "scikit-learn"),
    "PyTorch eager": Peer(torch_eager, "torch"),
    "PyTorch compiled": Peer(torch_compiled, "torch", compiled=True),
    "Thinc": Peer(thinc_chain, "thinc"),
}
"""Name → peer."""


def version_of(distribution: str) -> str:
    """Return the version of a distribution, or nothing where it is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def installed() -> Iterator[str]:
    """Name the peers whose distribution is installed."""
    for name, peer in PEERS.items():
        if version_of(peer.distribution):
            yield name
