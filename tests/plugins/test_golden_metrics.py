"""The metrics beside scikit-learn's (`tests/golden/metrics.py`)."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import pytest

from framework import Metric
from tests.golden.metrics import FILE

GOLDEN = np.load(FILE)
CASES = [json.loads(case) for case in GOLDEN["cases"]]
NAMES = sorted({name for name, _, _ in CASES})


@pytest.mark.parametrize("block", [7, 1000])
@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_scikit_learns(make, name, block):
    for number, (case, fields, value) in enumerate(CASES):
        if case != name:
            continue
        metric: Metric = make("metric", name, **fields)
        z, t = GOLDEN[f"{number:03}z"], GOLDEN[f"{number:03}t"]
        width = z.shape[1] if z.ndim > 1 else int(max(z.max(), t.max())) + 1
        state = metric.start(width, len(z))
        for i in range(0, len(z), block):
            metric.add(state, z[i : i + block], t[i : i + block], np.zeros(len(z[i : i + block])))
        result = metric.result(state)
        figure = result[metric.names(width)[0]] if isinstance(result, Mapping) else result
        assert figure == pytest.approx(value, rel=1e-12, abs=1e-15, nan_ok=True), (number, fields)


@pytest.mark.parametrize("block", [3, 1000])
@pytest.mark.parametrize("name", NAMES)
def test_a_row_of_weight_n_counts_as_n_rows(make, name, block):
    """The figures of rows that stand there n times are scikit-learn's, above."""
    for number, (case, fields, _) in enumerate(CASES):
        if case != name:
            continue
        z, t = GOLDEN[f"{number:03}z"], GOLDEN[f"{number:03}t"]
        if len(z) < 2 or not np.isfinite(z).all():
            continue
        metric: Metric = make("metric", name, **fields)
        width = z.shape[1] if z.ndim > 1 else int(max(z.max(), t.max())) + 1
        counts = 1 + np.arange(len(z)) % 4
        figures = []
        for times, weights in ((counts, None), (np.ones_like(counts), counts.astype(float))):
            rows = np.repeat(np.arange(len(z)), times)
            state = metric.start(width, len(rows))
            for i in range(0, len(rows), block):
                part = rows[i : i + block]
                given = {} if weights is None else {"weights": weights[part]}
                metric.add(state, z[part], t[part], np.zeros(len(part)), **given)
            figures.append(metric.result(state))
        assert figures[1] == pytest.approx(figures[0], rel=1e-11, abs=1e-12, nan_ok=True), fields
