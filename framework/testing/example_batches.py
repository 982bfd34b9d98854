"""Batches for losses and metrics, and steps for schedules, to test them with."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from collections.abc import Iterator, Mapping

import numpy as np

from framework.components.base import Array, Component
from framework.components.dataset import Data
from framework.components.layer import Arrays
from framework.components.loss import Loss
from framework.components.metric import Metric
from framework.components.schedule import Schedule
from framework.components.span import Span
from framework.components.split import Split
from framework.components.targets import Targets
from framework.testing import stand_ins
from framework.testing.assertions import laid_out, normal
from framework.training.measured import Measured

WIDTH = 4
"""Outputs, where a component does not ask for another number of them."""
_FURTHER = (11, 2)
_FALLBACK = (2, 3, 10, 1)
_WIDEST = 64
Batch = tuple[Array, Array, Array]


def columns_of(loss: Loss) -> list[int]:
    """Return numbers of classes, or columns of targets, that a loss takes, the usual one first.

    One whose fields list a number for each class works with so many classes.
    """
    lengths = _lengths(loss)
    for columns in (WIDTH, *lengths, *_FALLBACK):
        with contextlib.suppress(Exception):  # the check 'shapes' says so
            evaluate(loss, outputs(loss, 8, columns=columns), targets(loss, 8, columns=columns))
            return [columns, *_FURTHER] if columns == WIDTH not in lengths else [columns]
    return [WIDTH]


def data_for(loss: Loss, columns: int) -> Data:
    """Return data of so many classes, or columns of targets, that a loss takes."""
    rows = np.arange(columns) if loss.targets == "labels" else np.eye(columns)
    split = Split(np.ones((columns, 1)), rows)
    classes = columns if loss.targets == "labels" else None
    return Data(split, split, split, classes, source="the kit's", sets=loss.targets == "sets")


def _lengths(component: Component) -> list[int]:
    """Return the lengths of the lists of numbers among a component's fields."""
    given = [getattr(component, f.name) for f in dataclasses.fields(component)]
    return sorted({len(v) for v in given if isinstance(v, tuple) and 0 < len(v) <= _WIDEST})


def outputs(loss: Loss, batch: int, dtype: str = "float64", *, columns: int | None = None) -> Array:
    """Return outputs of a network, of size 2."""
    width = loss.outputs(data_for(loss, columns or columns_of(loss)[0]))
    return 2 * normal((batch, width), batch, dtype)


def targets(loss: Loss, batch: int, dtype: str = "float64", *, columns: int | None = None) -> Array:
    """Return the targets that go with them."""
    rng, columns = np.random.default_rng(100 + batch), columns or columns_of(loss)[0]
    if loss.targets == "labels":
        return rng.permutation(np.arange(batch) % columns) if batch > 3 else rng.integers(
            0, columns, batch
        )  # fmt: skip
    if loss.targets == "sets":
        return rng.integers(0, 2, (batch, columns)).astype(dtype)
    return rng.uniform(0.05, 0.95, (batch, columns)).astype(dtype)


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
    if targets == "sets":
        return z, (z + 2 * rng.standard_normal((rows, width)) > 0).astype(np.float64), losses
    return z, z + rng.standard_normal((rows, width)), losses


def made(metric: Metric, z: Array, targets: Array) -> Array:
    """Return what a metric takes of outputs, as the kit's losses make it."""
    loss: Loss = stand_ins.CrossEntropy()
    if targets.ndim > 1:
        sets = bool(np.isin(targets, (0, 1)).all())
        loss = stand_ins.Memberships() if sets else stand_ins.Squares()
    if metric.takes == "decisions":
        return loss.decide(z)
    probabilities = loss.probabilities(z) if metric.takes == "probabilities" else None
    return z if probabilities is None else probabilities


def start(metric: Metric, outputs: int, rows: int) -> Array:
    """Return a metric's empty state."""
    return Measured("checked", metric, outputs).start(rows)


def read(metric: Metric, state: Array, outputs: int) -> float:
    """Return the figure that ranks runs."""
    result = metric.result(state)
    return result[metric.names(outputs)[0]] if isinstance(result, Mapping) else result


def figures_of(metric: Metric, batch: Batch, cuts: tuple[int, ...] = ()) -> Mapping[str, float]:
    """Return a metric's figures for a batch, added in blocks; a single one has no name."""
    z, targets, losses = batch
    state = start(metric, z.shape[1], len(z))
    given = made(metric, z, targets), targets, losses
    for a, b in itertools.pairwise([0, *cuts, len(z)]):
        metric.add(state, *(array[a:b] for array in given))
    result = metric.result(state)
    return result if isinstance(result, Mapping) else {"": result}


def figure(metric: Metric, batch: Batch, cuts: tuple[int, ...] = ()) -> float:
    """Return the figure that ranks runs."""
    given, names = figures_of(metric, batch, cuts), metric.names(batch[0].shape[1])
    return given[names[0] if names else ""]


def kinds(metric: Metric) -> tuple[Targets, ...]:
    """Return the kinds of targets that a metric says it takes."""
    if metric.targets == "any":
        return ("labels", "values")
    return (metric.targets,) if isinstance(metric.targets, str) else metric.targets


def metric_widths(metric: Metric) -> list[int]:
    """Return numbers of outputs that a metric works with, the usual one first."""
    for width in (WIDTH, *_lengths(metric), *_FALLBACK):
        with contextlib.suppress(Exception):  # the check 'figures' says so
            figure(metric, measured(kinds(metric)[0], 600, width))
            return [width, *_FURTHER] if width == WIDTH and not _lengths(metric) else [width]
    return [WIDTH]


FIRST_STEPS = range(40)
LAST_STEP = 10_000_000
RUN = Span(steps=1200, steps_per_epoch=40)
"""The run that schedules are told of."""


def steps(schedule: Schedule) -> list[int]:
    """Return steps to ask a schedule for: the first, those around its own ends, on to the last.

    Its ends are where its fields' whole numbers, their sums and their products lie.
    """
    whole = [int(v) for v in _numbers(schedule) if v > 0 and v == int(v)]
    pairs = itertools.combinations(whole, 2)
    borders = {*whole, sum(whole), *(x for a, b in pairs for x in (a + b, a * b)), RUN.steps}
    around = {b + d for b in borders for d in (-1, 0, 1)} | {2 * b for b in borders}
    late = {int(10 ** (k / 8)) for k in range(13, 49)} | {LAST_STEP}
    return sorted({*FIRST_STEPS, *late, *(s for s in around if 0 <= s <= LAST_STEP)})


def _numbers(node: object) -> Iterator[float]:
    """Yield the numbers in a component's fields, those of what it holds among them."""
    if isinstance(node, tuple):
        for item in node:
            yield from _numbers(item)
    elif isinstance(node, Component):
        for field in dataclasses.fields(node):
            yield from _numbers(getattr(node, field.name))
    elif isinstance(node, int | float) and not isinstance(node, bool):
        yield node
