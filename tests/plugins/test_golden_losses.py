"""The losses beside PyTorch's (`tests/golden/losses.py`)."""

from __future__ import annotations

import json

import numpy as np
import pytest

from framework import Arrays, Loss
from tests.golden.losses import FILE

GOLDEN = np.load(FILE)
CASES = [json.loads(case) for case in GOLDEN["cases"]]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda n: f"{CASES[n][0]}-{n}")
def test_a_loss_and_its_gradient_are_those_of_another_library(make, number, dtype):
    name, fields = CASES[number]
    fields = {key: tuple(f) if isinstance(f, list) else f for key, f in fields.items()}
    loss: Loss = make("loss", name, **fields)
    z, t, expected, slopes = (GOLDEN[f"{number:03}{part}"] for part in ("z", "t", "losses", "g"))
    z = z.astype(dtype)
    losses, gradient = np.empty(len(z), dtype), np.empty_like(z)
    loss.evaluate(z, t, losses, gradient, Arrays(**loss.scratch(z)))
    for computed, wanted in ((losses, expected), (gradient, slopes)):
        off = np.abs(computed - wanted).max() / np.abs(wanted).max()
        assert off <= {"float64": 1e-12, "float32": 1e-5}[dtype]
