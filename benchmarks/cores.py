"""The cores that a benchmark has, whose they are, and the time that a call takes on them.

Imports no library, so that a process can be bound before its libraries look how many cores it has.
"""

from __future__ import annotations

import contextlib
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_POOLS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
_ONE = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass(frozen=True)
class Taken:
    """Seconds of a call: by the clock, and of processors, all threads and children together."""

    wall: float
    processor: float


def timed(call: Callable[[], Any]) -> Taken:
    """Return what a call takes."""
    spent, began = processor_seconds(), time.perf_counter()
    call()
    wall = time.perf_counter() - began
    return Taken(wall, processor_seconds() - spent)


def available() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def can_bind() -> bool:
    """Return whether a process can be kept to some cores here: on Linux, mostly."""
    if not hasattr(os, "sched_setaffinity"):
        return False
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, os.sched_getaffinity(0))
        return True
    return False


def bind(count: int) -> bool:
    """Keep this process and its children to `count` cores and as many threads.

    Returns whether it is bound: where the platform cannot, pools are asked to be that small, which
    a library may overhear. To be called before numpy, torch or JAX is imported.
    """
    for variable in _POOLS:
        os.environ[variable] = str(count)
    if count == 1:
        os.environ["XLA_FLAGS"] = _ONE
    if not can_bind():
        return False
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[-count:]))
    return True


def called(count: int, *, bound: bool) -> str:
    """Return what a row calls its cores.

    >>> called(1, bound=True), called(1, bound=False)
    ('1', '1 thread, any core')
    """
    return str(count) if bound else f"{count} thread{'s' * (count > 1)}, any core"


def processor_seconds() -> float:
    """Return the seconds that processors have spent on this process, its threads and children."""
    return time.process_time() + ended_children() + sum(_living(os.getpid()))


def ended_children() -> float:
    """Return the seconds that processors spent on children that have ended and been waited for."""
    with contextlib.suppress(ImportError):  # Windows
        import resource

        spent = resource.getrusage(resource.RUSAGE_CHILDREN)
        return spent.ru_utime + spent.ru_stime
    return 0.0


def _living(pid: int) -> Iterator[float]:
    """Give the seconds of each child that has not ended, and of its own (Linux)."""
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # it has ended since
            for child in tasks.read_text().split():
                fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
                yield (
                    sum(map(int, fields[11:15])) / _TICKS
                )  # its own, and its children's that ended
                yield from _living(int(child))


def processor() -> str:
    """Return the name of this machine's processor."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if sys.platform == "darwin":
        asked = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    return platform.processor() or platform.machine()


def kernels() -> str:
    """Return the family of kernels that numpy's products run on, as threadpoolctl calls it."""
    import numpy as np
    import threadpoolctl

    pools = [p for p in threadpoolctl.threadpool_info() if p.get("architecture")]
    pools.sort(key=lambda pool: Path(np.__file__).parent.name not in pool["filepath"])
    return str(pools[0]["architecture"]) if pools else "unnamed"
