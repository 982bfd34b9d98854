"""What losses and metrics promise that take the weights of samples."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from framework.components.base import Array
from framework.components.layer import Arrays
from framework.components.loss import Loss
from framework.components.metric import Metric
from framework.engine.weighted_loss import takes_weights
from framework.testing import example_batches
from framework.testing.assertions import close, expect_gradient, laid_out
from framework.testing.check import Check, expect
from framework.training import measured

_EXACT = 1e-9
_ROWS = 60
_COUNTED = np.array([2.0, 1.0, 0.0, 3.0, 1.0])  # how often a row is counted, over and over


def _of_loss(loss: Loss) -> None:
    if not takes_weights(loss):
        return
    z, t = example_batches.outputs(loss, 8), example_batches.targets(loss, 8)
    plain = example_batches.evaluate(loss, z, t)
    ones = _evaluate(loss, z, t, np.ones(8))
    for what, a, b in zip(("values", "gradient"), ones, plain, strict=True):
        expect(close(a, b, _EXACT), f"the {what} are others with weights of 1 than without")
    weights = np.array([0.5, 2.0, 0.0, 1.0, 1.5, 0.25, 0.75, 2.0])
    values, gradient = _evaluate(loss, z, t, weights)
    expect(not close(values, plain[0], _EXACT), "the values are the same, whatever the weights")
    expect_gradient(
        "the gradient of what is weighted",
        gradient,
        lambda: float(_evaluate(loss, z, t, weights)[0].mean()),
        z,
    )


def _evaluate(loss: Loss, z: Array, targets: Array, weights: Array) -> tuple[Array, Array]:
    values, gradient = np.full(len(z), np.nan), laid_out(np.full_like(z, np.nan), "contiguous")
    evaluate: Any = loss.evaluate
    evaluate(z, targets, values, gradient, Arrays(**loss.scratch(z)), weights=weights)
    return values, gradient


def _of_metric(metric: Metric) -> None:
    if not measured.takes_weights(metric):
        return
    width = example_batches.metric_widths(metric)[0]
    for targets in example_batches.kinds(metric):
        z, t, losses = example_batches.measured(targets, _ROWS, width)
        given = example_batches.made(metric, z, t)
        plain = _figures(metric, width, (given, t, losses), None)
        counted = np.resize(_COUNTED, _ROWS)
        often = np.repeat(np.arange(_ROWS), counted.astype(np.int64))
        twice = _figures(metric, width, (given[often], t[often], losses[often]), None)
        for what, weights, expected in (
            ("weights of 1 give", np.ones(_ROWS), plain),
            ("weights of 2 give", np.full(_ROWS, 2.0), plain),
            ("weights of 0 to 3 give", counted, twice),
        ):
            figures = _figures(metric, width, (given, t, losses), weights)
            for name, figure in figures.items():
                expect(
                    math.isclose(figure, expected[name], rel_tol=_EXACT, abs_tol=1e-12),
                    f"{what} {figure:.6g}{f' for {name}' if name else ''}; rows that often"
                    f" {expected[name]:.6g} (targets: {targets})",
                )


def _figures(
    metric: Metric, width: int, batch: tuple[Array, Array, Array], weights: Array | None
) -> dict[str, float]:
    """Return a metric's figures for a batch in two blocks, the first without a name."""
    rows = len(batch[0])
    bound = measured.Measured("checked", metric, width)
    state = bound.start(rows)
    for block in (slice(0, rows // 3), slice(rows // 3, rows)):
        z, t, losses = (array[block] for array in batch)
        bound.add(state, z, t, losses, None if weights is None else weights[block])
    return bound.read(state)


LOSS = Check(
    "weights",
    "where `evaluate` takes `weights`, those of 1 change nothing, and with any the gradient is that"
    " of the mean value.",
    _of_loss,
)
METRIC = Check(
    "weights",
    "where `add` takes `weights`, a row of weight 2 counts as two rows, and only ratios matter.",
    _of_metric,
)
