"""Memory: whether repeated calls leave something behind."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable

from framework.testing.check import expect

_ROUNDS = (100, 400, 1600, 1600)  # calls; what is made only once does not grow with them
_LEFT = 5  # bytes a call; one kept reference is more


def expect_no_growth(what: str, call: Callable[[], object]) -> None:
    """Hold that memory does not grow with the number of calls."""
    grown = 0
    for calls in _ROUNDS:
        grown = _growth(call, calls)
        if grown <= _LEFT * calls:
            return
    expect(False, f"{_ROUNDS[-1]} calls of {what} left {grown:,} bytes behind")


def _growth(call: Callable[[], object], calls: int) -> int:
    running = tracemalloc.is_tracing()
    gc.freeze()  # only what is made from here on needs to be looked through for garbage
    if not running:
        tracemalloc.start()
    try:
        for _ in range(10):
            call()
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(calls):
            call()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        gc.unfreeze()
        if not running:
            tracemalloc.stop()
    return after - before
