"""What a metric promises: one figure, however the samples are divided into blocks."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np

from framework.component import Array
from framework.metric import Metric
from framework.testing import parts
from framework.testing.arrays import expect_own_randomness, laid_out, normal, unchanged
from framework.testing.check import Check, expect, promise
from framework.testing.memory import expect_no_growth
from framework.testing.training import expect_trains

_ROWS, _WIDTH = 600, 4
Batch = tuple[Array, Array, Array]


def _batch(targets: str, rows: int = _ROWS) -> Batch:
    rng = np.random.default_rng(1)
    z = 2 * rng.standard_normal((rows, _WIDTH))
    values = rng.gamma(1.0, size=rows)
    if targets == "labels":
        return z, rng.integers(0, _WIDTH, rows), values
    return z, z + rng.standard_normal((rows, _WIDTH)), values


def _kinds(metric: Metric) -> Iterator[str]:
    """Give the kinds of targets that a metric says it takes: labels, values, or both."""
    yield from ("labels", "values") if metric.targets == "any" else (metric.targets,)


def _figure(metric: Metric, batch: Batch, cuts: tuple[int, ...] = ()) -> float:
    state = metric.start(_WIDTH)
    edges = [0, *cuts, len(batch[0])]
    for a, b in itertools.pairwise(edges):
        metric.add(state, *(array[a:b] for array in batch))
    return metric.result(state)


def _agree(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) or (math.isnan(a) and math.isnan(b))


@promise("start gives an array, add fills it in place, result reads a finite float from it.")
def figures(metric: Metric) -> None:
    state = metric.start(_WIDTH)
    expect(isinstance(state, np.ndarray), f"start gave {type(state).__name__}, not an array")
    expect(
        isinstance(metric.higher_is_better, bool),
        f"higher_is_better is {metric.higher_is_better!r}",
    )
    for targets in _kinds(metric):
        for rows in (1, 7, _ROWS):
            batch = _batch(targets, rows)
            found = _figure(metric, batch)
            number = isinstance(found, float | int) and not isinstance(found, bool)
            expect(number, f"result gave {type(found).__name__}, not a float")
            expect(
                math.isfinite(found) or rows < _ROWS, f"for {rows} samples the figure is {found}"
            )


@promise("blocks of any size and order give the figure of all samples at once.")
def blocks(metric: Metric) -> None:
    for targets in _kinds(metric):
        batch = _batch(targets)
        whole = _figure(metric, batch)
        for cuts in ((1, 4, 333), tuple(range(1, _ROWS)), (_ROWS // 2,)):
            found = _figure(metric, batch, cuts)
            expect(
                _agree(found, whole),
                f"{len(cuts) + 1} blocks give {found:.9g}, all {_ROWS} samples at once {whole:.9g}",
            )
        order = np.random.default_rng(2).permutation(_ROWS)
        found = _figure(metric, (batch[0][order], batch[1][order], batch[2][order]), (10, 200))
        expect(_agree(found, whole), f"another order gives {found:.9g} instead of {whole:.9g}")


@promise("each start begins anew, two at a time do not mix, and reading changes nothing.")
def states(metric: Metric) -> None:
    narrow = metric.start(_WIDTH).dtype
    wide = narrow.kind not in "iuf" or narrow.itemsize >= 4
    expect(wide, f"its state is {narrow}, which overflows after some hundred samples")
    for targets in _kinds(metric):
        batch = _batch(targets)
        first = tuple(a[:200] for a in batch)
        second = tuple(a[200:] for a in batch)
        alone = _figure(metric, first), _figure(metric, second)  # type: ignore[arg-type]
        a, b = metric.start(_WIDTH), metric.start(_WIDTH)
        expect(not np.shares_memory(a, b), "start gives the same array twice")
        metric.add(a, *first)
        metric.add(b, *second)
        for state, expected in zip((a, b), alone, strict=True):
            with unchanged("result", state=state):
                found = metric.result(state)
            expect(
                _agree(found, expected) and _agree(metric.result(state), found),
                f"the figure is {found:.9g} with two states at a time, {expected:.9g} with one",
            )


@promise("outputs, targets and values are left alone, however they lie in memory.")
def arguments_are_left_alone(metric: Metric) -> None:
    for targets in _kinds(metric):
        z, t, values = _batch(targets)
        whole = _figure(metric, (z, t, values))
        column = laid_out(z, "one column after the other")
        with unchanged("add", z=column, targets=t, values=values):
            found = _figure(metric, (column, t, values))
        expect(_agree(found, whole), f"columns in a line give {found:.9g} instead of {whole:.9g}")


@promise("float32 outputs, and labels of any integer type, give the same figure.")
def dtypes(metric: Metric) -> None:
    for targets in _kinds(metric):
        z, t, values = _batch(targets)
        exact = _figure(metric, (z, t, values))
        small = (z.astype("float32"), t.astype("uint8" if t.ndim == 1 else "float32"))
        found = _figure(metric, (*small, values.astype("float32")))
        near = math.isclose(found, exact, rel_tol=1e-3, abs_tol=1e-3)
        expect(near, f"float32 outputs give {found:.6g} instead of {exact:.6g}")


@promise("`higher_is_better` says which way is better: right outputs are not ranked below wrong.")
def direction(metric: Metric) -> None:
    for targets in _kinds(metric):
        labels = np.random.default_rng(3).integers(0, _WIDTH, _ROWS)
        right, wrong = np.eye(_WIDTH)[labels] * 9, np.eye(_WIDTH)[(labels + 1) % _WIDTH] * 9
        t = labels if targets == "labels" else right
        noise = 0.01 * normal(right.shape, 4)
        good = _figure(metric, (right + noise, t, np.full(_ROWS, 0.01)))
        bad = _figure(metric, (wrong + noise, t, np.full(_ROWS, 9.0)))
        expect(
            good >= bad if metric.higher_is_better else good <= bad,
            f"right outputs give {good:.6g}, wrong ones {bad:.6g}, and higher_is_better is"
            f" {metric.higher_is_better}",
        )


@promise("the same outputs give the same figure; nothing is random or remembered.")
def determinism(metric: Metric) -> None:
    for targets in _kinds(metric):
        batch = _batch(targets)
        expect_own_randomness(
            "a figure",
            lambda b=batch: {"figure": np.array([_figure(metric, b)])},  # type: ignore[misc]
        )


@promise("memory does not grow with the number of blocks.")
def no_growth(metric: Metric) -> None:
    batch = _batch(next(_kinds(metric)), 8)
    state = metric.start(_WIDTH)
    expect_no_growth("add", lambda: metric.add(state, *batch))


@promise("runs are measured with it: every epoch has the figure, and a run can be ranked by it.")
def measures(metric: Metric) -> None:
    for targets in _kinds(metric):
        if targets == "labels":
            expect_trains(metric, metrics={"checked": metric})
        else:
            values = parts.Clouds(targets="values")
            expect_trains(metric, metrics={"checked": metric}, loss=parts.Squares(), data=values)


CHECKS: tuple[Check, ...] = (
    figures,
    blocks,
    states,
    arguments_are_left_alone,
    dtypes,
    direction,
    determinism,
    no_growth,
    measures,
)
