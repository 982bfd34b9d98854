"""The layers beside PyTorch's (`tests/golden/layers.py`)."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from framework import Arrays, Layer
from tests.golden.layers import FILE

GOLDEN = np.load(FILE)
CASES = [json.loads(case) for case in GOLDEN["cases"]]


def parts_of(number: int, dtype: str, kind: str) -> dict[str, Any]:
    """Return arrays of a case by name, ``before.scale`` as ``scale``."""
    start = f"{number:03}{kind}"
    return {
        key.removeprefix(start): GOLDEN[key].astype(dtype)
        for key in GOLDEN.files
        if key.startswith(start)
    }


def assert_close(computed: Any, wanted: Any, dtype: str) -> None:
    assert computed.shape == wanted.shape
    off = np.abs(computed - wanted).max()
    assert off <= {"float64": 1e-12, "float32": 2e-5}[dtype] * np.abs(wanted).max()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda n: f"{CASES[n][0]}-{n}")
def test_a_layer_and_its_gradients_are_those_of_another_library(make, number, dtype):
    """Parameters' gradients and running averages among them."""
    name, fields, training = CASES[number]
    if "shape" in fields:
        fields = {"shape": tuple(fields["shape"])}
    layer: Layer = make("layer", name, **fields)
    case = {part: GOLDEN[f"{number:03}{part}"].astype(dtype) for part in ("x", "g", "y", "gx")}
    x, g, out = case["x"], case["g"], np.empty_like(case["y"])
    own = parts_of(number, dtype, "before.")
    arrays = Arrays(**own, **layer.scratch(x, out))
    arrays.rng = np.random.default_rng(0) if training else None
    y = layer.forward(x, out, arrays)
    assert y is not None
    assert_close(y, case["y"], dtype)
    assert_close(layer.input_gradient(x, y, g, np.empty_like(x), arrays), case["gx"], dtype)
    wanted = parts_of(number, dtype, "gradient.")
    gradients = Arrays(**{key: np.empty_like(array) for key, array in wanted.items()})
    layer.parameter_gradients(x, y, g, gradients, arrays)
    for key, gradient in wanted.items():
        assert_close(getattr(gradients, key), gradient, dtype)
    for key, state in parts_of(number, dtype, "after.").items():
        assert_close(own[key], state, dtype)
