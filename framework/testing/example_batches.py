"""Batches for losses and metrics, and steps for schedules, to test them with."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from typing import Literal

import numpy as np

from framework.components.base import Array, Component
from framework.components.layer import Arrays
from framework.components.loss import Loss
from framework.components.metric import Metric
from framework.components.schedule import Schedule
from framework.testing.assertions import laid_out, normal

WIDTH = 4
"""Outputs, where a component does not ask for another number of them."""
_FURTHER = (11, 2)
_FALLBACK = (2, 3, 10, 1)
_WIDEST = 64
Batch = tuple[Array, Array, Array]


def widths_of(loss: Loss) -> list[int]:
    """Return numbers of outputs that a loss works with, the usual one first.

    One whose fields list a number for each class works with so many classes.
    """
    for width in (WIDTH, *_lengths(loss), *_FALLBACK):
        with contextlib.suppress(Exception):  # the check 'shapes' says so
            evaluate(loss, outputs(loss, 8, width=width), targets(loss, 8, width=width))
            return [width, *_FURTHER] if width == WIDTH and not _lengths(loss) else [width]
    return [WIDTH]


def _lengths(component: Component) -> list[int]:
    """Return the lengths of the lists of numbers among a component's fields."""
    given = [getattr(component, f.name) for f in dataclasses.fields(component)]
    return sorted({len(v) for v in given if isinstance(v, tuple) and 0 < len(v) <= _WIDEST})


def outputs(loss: Loss, batch: int, dtype: str = "float64", *, width: int | None = None) -> Array:
    """Return outputs of a network, of size 2."""
    return 2 * normal((batch, width or widths_of(loss)[0]), batch, dtype)


def targets(loss: Loss, batch: int, dtype: str = "float64", *, width: int | None = None) -> Array:
    """Return the targets that go with them."""
    rng, width = np.random.default_rng(100 + batch), width or widths_of(loss)[0]
    if loss.targets == "labels":
        return rng.permutation(np.arange(batch) % width) if batch > 3 else rng.integers(
            0, width, batch
        )  # fmt: skip
    return rng.uniform(0.05, 0.95, (batch, width)).astype(dtype)


def evaluate(
    loss: Loss,
    z: Array,
    targets: Array,
    *,
    layout: str = "contiguous",
    arrays: Arrays | None = None,
    wanted: bool = True,
) -> tuple[Array, Array]:
    """Return values and gradient of a loss; both hold nan before."""
    placed = laid_out(z, layout)
    values = np.full(len(z), np.nan, z.dtype)
    gradient = laid_out(np.full_like(z, np.nan), layout)
    arrays = Arrays(**loss.scratch(placed)) if arrays is None else arrays
    loss.evaluate(placed, targets, values, gradient if wanted else None, arrays)
    return values, gradient


def measured(targets: str, rows: int, width: int = WIDTH) -> Batch:
    """Return outputs, targets and losses for a metric: all classes, as soon as there are rows."""
    rng = np.random.default_rng(1)
    z = 2 * rng.standard_normal((rows, width))
    losses = rng.gamma(1.0, size=rows)
    if targets == "labels":
        return z, rng.permutation(np.arange(rows) % width), losses
    return z, z + rng.standard_normal((rows, width)), losses


def figure(metric: Metric, batch: Batch, cuts: tuple[int, ...] = ()) -> float:
    """Return a metric's figure for a batch, added in blocks."""
    state = metric.start(batch[0].shape[1])
    for a, b in itertools.pairwise([0, *cuts, len(batch[0])]):
        metric.add(state, *(array[a:b] for array in batch))
    return metric.result(state)


def kinds(metric: Metric) -> tuple[Literal["labels", "values"], ...]:
    """Return the kinds of targets that a metric says it takes."""
    return ("labels", "values") if metric.targets == "any" else (metric.targets,)


def metric_widths(metric: Metric) -> list[int]:
    """Return numbers of outputs that a metric works with, the usual one first."""
    for width in (WIDTH, *_lengths(metric), *_FALLBACK):
        with contextlib.suppress(Exception):  # the check 'figures' says so
            figure(metric, measured(kinds(metric)[0], 600, width))
            return [width, *_FURTHER] if width == WIDTH and not _lengths(metric) else [width]
    return [WIDTH]


FIRST_STEPS = range(40)
LAST_STEP = 10_000_000


def steps(schedule: Schedule) -> list[int]:
    """Return steps to ask a schedule for: the first, those around its own ends, on to the last.

    Its ends are where its fields' whole numbers, their sums and their products lie.
    """
    given = [getattr(schedule, f.name) for f in dataclasses.fields(schedule)]
    flat = [v for g in given for v in (g if isinstance(g, tuple) else (g,))]
    whole = [v for v in flat if isinstance(v, int) and not isinstance(v, bool) and v > 0]
    pairs = itertools.combinations(whole, 2)
    borders = {*whole, sum(whole), *(x for a, b in pairs for x in (a + b, a * b))}
    around = {b + d for b in borders for d in (-1, 0, 1)} | {2 * b for b in borders}
    late = {int(10 ** (k / 8)) for k in range(13, 49)} | {LAST_STEP}
    return sorted({*FIRST_STEPS, *late, *(s for s in around if 0 <= s <= LAST_STEP)})
