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
