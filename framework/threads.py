"""How many threads the matrix products use: a decision by their size."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from framework.network import Network
from framework.settings import TrainerSettings

_LARGE = 1.2e7  # multiplications in the largest product of a step, from which threads pay


def available_cores() -> int:
    """Count the processor cores that this process may use.

    The usual variables for the number of threads are a user's word, too.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    limits = [os.environ.get(name, "") for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")]
    return min([cores or 1, *(int(limit) for limit in limits if limit.isdigit() and int(limit))])


def choose(network: Network, settings: TrainerSettings, cores: int) -> int:
    """Choose the number of BLAS threads: one unless products are large, or as configured.

    At small batches further threads gain nothing, cost twice the processor, and suffer badly from
    anything else that runs (`docs/SPEED.md`).
    """
    if settings.threads != "auto":
        return settings.threads
    largest = max(
        (
            settings.batch_size * p.shape[0] * p.shape[-1]
            for link in network.links
            for p in link.parameters
            if p.weight and len(p.shape) == 2
        ),
        default=0,
    )
    return cores if largest >= _LARGE else 1


@contextlib.contextmanager
def limited(threads: int) -> Iterator[None]:
    """Hold numpy's BLAS to so many threads."""
    import threadpoolctl

    with threadpoolctl.threadpool_limits(limits=threads, user_api="blas"):
        yield
