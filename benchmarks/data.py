"""The rows that networks are trained on: MNIST's, and a table's."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.workloads import PIXELS, Workload


def digits(*, short: bool) -> tuple[Any, Any]:
    """Return MNIST's training rows as bytes; in the short form noise will do.

    Times depend on what is in the arrays: with pixels that are hardly ever set some numbers become
    denormal, which is slow, and dead units make others zero.
    """
    rng = np.random.default_rng(0)
    if short:
        return rng.integers(0, 256, (50_000, PIXELS), np.uint8), rng.integers(0, 10, 50_000)
    from framework.registry.registry import Registry

    registry = Registry()
    registry.load_installed()
    train = registry.entry("dataset", "mnist").component().load(rng).train  # type: ignore[attr-defined]
    return train.inputs, train.targets


@contextmanager
def digits_file(*, short: bool) -> Iterator[Path]:
    """Write them into a file that workers read; it goes in the end."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digits.npz"
        x, y = digits(short=short)
        np.savez(path, x=x, y=y)
        yield path


def rows_of(work: Workload, x: Any, y: Any) -> tuple[Any, Any]:
    """Return a workload's inputs (float32) and labels: digits, or a table that can be learnt."""
    if work.features == PIXELS:
        inputs = np.multiply(x[: work.rows], np.float32(1 / 255))
        return inputs, y[: work.rows].astype(np.int64)
    rng = np.random.default_rng(0)
    table = rng.standard_normal((work.rows, work.features)).astype(np.float32)
    return table, (table @ rng.standard_normal((work.features, work.classes))).argmax(axis=1)
