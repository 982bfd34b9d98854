"""How many threads the matrix products use, and how many cores there are.

The number of threads decides in which order BLAS adds, so the last digits of every figure. It is
therefore a matter of the configuration alone: never of cores, load or the launcher of a sweep.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from framework.engine.network import Network
from framework.training.settings import TrainerSettings

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

_LARGE = 1.2e7  # multiplications in the largest product of a step, from which threads may pay


def choose(settings: TrainerSettings) -> int:
    """Choose the number of BLAS threads: one, or as configured.

    One is also what suffers least from anything else that runs: threads of BLAS spin while they
    wait for each other (`docs/SPEED.md`).
    """
    return 1 if settings.threads == "auto" else settings.threads


def more_may_pay(network: Network, settings: TrainerSettings, cores: int) -> bool:
    """Whether products are so large that an idle machine of so many cores would gain by threads."""
    largest = max(
        (
            settings.batch_size * p.shape[0] * p.shape[-1]
            for bound in network.layers
            for p in bound.parameters
            if p.weight and len(p.shape) == 2
        ),
        default=0,
    )
    return settings.threads == "auto" and cores > 1 and largest >= _LARGE


@contextlib.contextmanager
def limited(threads: int) -> Iterator[None]:
    """Hold numpy's BLAS to so many threads."""
    with _pools(len(sys.modules)).limit(limits=threads, user_api="blas"):
        yield


@lru_cache(maxsize=1)
def _pools(modules: int) -> ThreadpoolController:
    """Find the pools of threads; again when modules came, which may bring others."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def available_cores() -> int:
    """Count the processor cores that this process may use, at least one.

    Fewer than the machine has when it is bound to some (`taskset`), when its control group may use
    only a share of their time (containers, Slurm, systemd), or by the usual variables for a number
    of threads, which are a user's word, too.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    limits = [os.environ.get(name, "") for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")]
    told = [int(limit) for limit in limits if limit.isdigit() and int(limit)]
    quota = cpu_quota()
    shares = [] if quota is None else [max(1, int(quota))]
    return min([cores or 1, *told, *shares])


def cpu_quota(
    groups: Path = Path("/proc/self/cgroup"), root: Path = Path("/sys/fs/cgroup")
) -> float | None:
    """Return how many cores' time Linux lets this process's control group have; None: no limit.

    Both versions of control groups; the tightest limit of the group and those above it. See
    https://docs.kernel.org/admin-guide/cgroup-v2.html, cpu.max.
    """
    try:
        lines = groups.read_text().splitlines()
    except OSError:
        return None
    limits = []
    for line in lines:
        _, names, path = line.split(":", 2)
        if names and "cpu" not in names.split(","):
            continue
        mount = next((m for m in (root / names, root / "cpu") if names and m.is_dir()), root)
        innermost = Path(path.lstrip("/"))
        for group in (innermost, *innermost.parents):
            with contextlib.suppress(OSError, ValueError, ZeroDivisionError):
                limits.append(_quota(mount / group))
    return min((limit for limit in limits if limit > 0), default=None)


def _quota(group: Path) -> float:
    if (group / "cpu.max").exists():
        quota, period = (group / "cpu.max").read_text().split()  # "max" is no number, nor a limit
        return int(quota) / int(period)
    quota, period = ((group / f"cpu.cfs_{n}_us").read_text() for n in ("quota", "period"))
    return int(quota) / int(period)
