"""What figures depend on beside the code: the machine and the versions."""

from __future__ import annotations

import os
import platform

from benchmarks.cores import processor
from benchmarks.peers import PEERS, version_of


def versions() -> str:
    """Return the versions of Python and of everybody who is timed."""
    names = sorted({peer.distribution for peer in PEERS.values()} | {"numba"})
    known = {name: version_of(name) for name in names}
    named = [f"{name} {number}" for name, number in known.items() if number]
    return ", ".join([f"Python {platform.python_version()}", *named])


def machine() -> str:
    """Describe the machine, the versions and the kernels of numpy's products."""
    from framework.engine.blas import library

    return (
        f"{processor()}, {platform.machine()}, {os.cpu_count()} cores; {versions()};"
        f" products by {library()}"
    )
