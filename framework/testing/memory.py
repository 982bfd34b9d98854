"""Memory: whether repeated calls leave something behind."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable

from framework.testing.check import expect

_CALLS = 100
_LEFT = 5  # bytes a call; one kept reference is more


def expect_no_growth(what: str, call: Callable[[], object]) -> None:
    """Hold that memory does not grow with the number of calls."""
    for _ in range(_CALLS // 4):
        call()
    grown = []
    for _ in range(3):  # other threads may allocate meanwhile
        gc.collect()
        running = tracemalloc.is_tracing()
        if not running:
            tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(_CALLS):
            call()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        if not running:
            tracemalloc.stop()
        grown.append(after - before)
        if grown[-1] <= _LEFT * _CALLS:
            return
    expect(False, f"{_CALLS} calls of {what} left {min(grown):,} bytes behind")
