"""What a metric promises: one figure, however the samples are divided into blocks."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from framework.components.loss import Loss
from framework.components.metric import Metric
from framework.testing import stand_ins
from framework.testing.assertions import expect_own_randomness, laid_out, normal, unchanged
from framework.testing.check import Check, expect, promise
from framework.testing.checks import weights
from framework.testing.example_batches import (
    WIDTH,
    Batch,
    figure,
    figures_of,
    kinds,
    made,
    measured,
    metric_widths,
    read,
    start,
)
from framework.testing.memory_growth import expect_no_growth
from framework.testing.stand_in_data import Clouds
from framework.testing.tiny_run import expect_trains

_ROWS = 600
_MANY = 20_000
_BLOCK = 1000
_LOSSES: dict[str, Loss] = {
    "labels": stand_ins.CrossEntropy(),
    "values": stand_ins.Squares(),
    "sets": stand_ins.Memberships(),
}


def _batch(metric: Metric, targets: str, rows: int = _ROWS) -> Batch:
    return measured(targets, rows, metric_widths(metric)[0])


def _agree(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) or (math.isnan(a) and math.isnan(b))


@promise(
    "start gives an array, add fills it in place, result reads a finite float from it, or one for"
    " each of `names`, for any number of outputs and of rows."
)
def figures(metric: Metric) -> None:
    state = start(metric, metric_widths(metric)[0], _ROWS)
    expect(isinstance(state, np.ndarray), f"start gave {type(state).__name__}, not an array")
    expect(
        isinstance(metric.higher_is_better, bool),
        f"higher_is_better is {metric.higher_is_better!r}",
    )
    for targets in kinds(metric):
        for width in metric_widths(metric):
            for rows in (1, 7, _ROWS, _MANY):
                where = f"for {rows} samples with {targets} and {width} outputs"
                number = _number(metric, measured(targets, rows, width), where)
                expect(math.isfinite(number) or rows < _ROWS, f"{where} the figure is {number}")


def _number(metric: Metric, batch: Batch, where: str) -> float:
    """Return the figure of a batch in blocks; hold that it is a number."""
    cuts = tuple(range(_BLOCK, len(batch[0]), _BLOCK))
    try:
        by_name = figures_of(metric, batch, cuts)
    except Exception as failed:
        hint = " (what takes labels or values only says so: `targets`)"
        expect(
            False,
            f"{where} it raised {type(failed).__name__}: {failed}"
            f"{hint if metric.targets == 'any' else ''}",
        )
    names = tuple(metric.names(batch[0].shape[1]))
    same = set(by_name) == set(names or ("",)) and len(set(names)) == len(names)
    expect(same, f"{where} result gave figures {_listed(by_name)}, names are {_listed(names)}")
    for given in by_name.values():
        number = isinstance(given, float | int) and not isinstance(given, bool)
        expect(number, f"{where} result gave {type(given).__name__}, not a float")
    bad = [figure for figure in by_name.values() if not math.isfinite(figure)]
    return bad[0] if bad else by_name[names[0] if names else ""]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(name or "without a name" for name in names) or "none"


@promise(
    "a network that always gives the same class has a finite figure; outputs that are not numbers"
    " raise nothing, and are not rated as well as right ones."
)
def poor_outputs(metric: Metric) -> None:
    for targets in kinds(metric):
        z, t, losses = _batch(metric, targets)
        if targets == "labels":
            z = 0.01 * z
            z[:, 0] += 9
            alike = _number(metric, (z, t, losses), "where all outputs give class 0")
            expect(math.isfinite(alike), f"where all outputs give class 0, the figure is {alike}")
        right, _ = _right_and_wrong(metric, targets)
        best = figure(metric, right)
        lost = _number(
            metric, (z * np.nan, t, losses * np.nan), "where all outputs and losses are nan"
        )
        good = lost >= best if metric.higher_is_better else lost <= best
        expect(not good, f"nan outputs have the figure {lost:.6g}, right ones {best:.6g}")


def _right_and_wrong(metric: Metric, targets: str) -> tuple[Batch, Batch]:
    width = metric_widths(metric)[0]
    labels = np.random.default_rng(3).permutation(np.arange(_ROWS) % width)
    right, wrong = np.eye(width)[labels] * 9, np.eye(width)[(labels + 1) % width] * 9
    t = labels if targets == "labels" else right
    if targets == "sets":
        t = (normal(right.shape, 6) > 0).astype(np.float64)
        right, wrong = 18 * t - 9, 9 - 18 * t
    noise = 0.01 * normal(right.shape, 4)
    if width == 1:
        right, wrong = right + normal(right.shape, 5), -right
        t = right
    return (right + noise, t, np.full(_ROWS, 0.01)), (wrong + noise, t, np.full(_ROWS, 9.0))


@promise("blocks of any size and order give the figure of all samples at once.")
def blocks(metric: Metric) -> None:
    for targets in kinds(metric):
        batch = _batch(metric, targets)
        at_once = figures_of(metric, batch)
        for cuts in ((1, 4, 333), tuple(range(1, _ROWS)), (_ROWS // 2,)):
            in_blocks = figures_of(metric, batch, cuts)
            for name, whole in at_once.items():
                blockwise, of = in_blocks[name], f" for {name}" if name else ""
                expect(
                    _agree(blockwise, whole),
                    f"{len(cuts) + 1} blocks give {blockwise:.9g}{of}, all {_ROWS} samples at once"
                    f" {whole:.9g}",
                )
        whole = figure(metric, batch)
        order = np.random.default_rng(2).permutation(_ROWS)
        blockwise = figure(metric, (batch[0][order], batch[1][order], batch[2][order]), (10, 200))
        expect(
            _agree(blockwise, whole),
            f"another order gives {blockwise:.9g} instead of {whole:.9g}",
        )


@promise("each start begins anew, two at a time do not mix, and reading changes nothing.")
def states(metric: Metric) -> None:
    width = metric_widths(metric)[0]
    narrow = start(metric, width, _ROWS).dtype
    wide = narrow.kind not in "iuf" or narrow.itemsize >= 4
    expect(wide, f"its state is {narrow}, which overflows after some hundred samples")
    for targets in kinds(metric):
        batch = _batch(metric, targets)
        z, t, losses = batch
        given = made(metric, z, t)
        alone = [figure(metric, (z[s], t[s], losses[s])) for s in (slice(200), slice(200, None))]
        a, b = start(metric, width, _ROWS), start(metric, width, _ROWS)
        expect(not np.shares_memory(a, b), "start gives the same array twice")
        metric.add(a, given[:200], t[:200], losses[:200])
        metric.add(b, given[200:], t[200:], losses[200:])
        for state, expected in zip((a, b), alone, strict=True):
            with unchanged("result", state=state):
                again = read(metric, state, width)
            expect(
                _agree(again, expected) and _agree(read(metric, state, width), again),
                f"the figure is {again:.9g} with two states at a time, {expected:.9g} with one",
            )


@promise("outputs, targets and values are left alone, however they lie in memory.")
def arguments_are_left_alone(metric: Metric) -> None:
    for targets in kinds(metric):
        z, t, values = _batch(metric, targets)
        whole = figure(metric, (z, t, values))
        column = laid_out(z, "one column after the other")
        with unchanged("add", z=column, targets=t, values=values):
            other = figure(metric, (column, t, values))
        expect(_agree(other, whole), f"columns in a line give {other:.9g} instead of {whole:.9g}")


@promise("float32 outputs, and labels of any integer type, give the same figure.")
def dtypes(metric: Metric) -> None:
    for targets in kinds(metric):
        z, t, losses = _batch(metric, targets)
        exact = figure(metric, (z, t, losses))
        for other in ("uint8", "int8", "uint64") if t.ndim == 1 else ("float32",):
            given = z.astype("float32"), t.astype(other), losses.astype("float32")
            rounded = figure(metric, given)
            near = math.isclose(rounded, exact, rel_tol=1e-3, abs_tol=1e-3)
            expect(
                near,
                f"float32 outputs and {other} targets give {rounded:.6g} instead of {exact:.6g}",
            )


@promise("`higher_is_better` says which way is better: right outputs are not ranked below wrong.")
def direction(metric: Metric) -> None:
    for targets in kinds(metric):
        good, bad = (figure(metric, batch) for batch in _right_and_wrong(metric, targets))
        expect(
            good >= bad if metric.higher_is_better else good <= bad,
            f"right outputs give {good:.6g}, wrong ones {bad:.6g}, and higher_is_better is"
            f" {metric.higher_is_better}",
        )


@promise("the same outputs give the same figure; nothing is random or remembered.")
def determinism(metric: Metric) -> None:
    for targets in kinds(metric):
        batch = _batch(metric, targets)
        expect_own_randomness(
            "a figure",
            lambda b=batch: {"figure": np.array([figure(metric, b)])},  # type: ignore[misc]
        )


@promise("memory does not grow with the number of blocks.", once=True)
def no_growth(metric: Metric) -> None:
    z, t, losses = _batch(metric, kinds(metric)[0], 8)
    given, width = made(metric, z, t), z.shape[1]
    expect_no_growth("add", lambda: metric.add(start(metric, width, 8), given, t, losses))


@promise(
    "runs are measured with it: every epoch has the figure, and a run can be ranked by it.",
    once=True,
)
def measures(metric: Metric) -> None:
    width = metric_widths(metric)[0]
    outputs = 3 if width == WIDTH else width
    for targets in kinds(metric):
        data = Clouds(targets=targets, classes=outputs)
        loss = _LOSSES[targets]
        expect_trains(metric, outputs=outputs, metrics={"checked": metric}, loss=loss, data=data)


CHECKS: tuple[Check, ...] = (
    figures,
    poor_outputs,
    blocks,
    states,
    arguments_are_left_alone,
    dtypes,
    direction,
    weights.METRIC,
    determinism,
    no_growth,
    measures,
)
