"""100 steps of small networks beside PyTorch's (`tests/golden/whole_path.py`)."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from framework.engine.evaluated import Evaluated
from framework.engine.initialization import start_slots
from framework.runs.builder import build
from framework.settings.settings import read_settings
from tests.golden.walks import flat
from tests.golden.whole_path import BASE, FILE

GOLDEN = np.load(FILE)
CASES = [json.loads(case) for case in GOLDEN["cases"]]


class Silent:
    """Who listens to a trainer, and hears nothing."""

    every_step = False
    gradients_ready = None

    def epoch_started(self, epoch: int) -> None:
        """Hear nothing."""

    def steps_ended(self, step: int, losses: Any) -> None:
        """Hear nothing."""


def configuration(changes: dict[str, Any], behind: list[Any]) -> dict[str, Any]:
    """Return what a case says, laid over what all have."""
    dense = {"name": "dense", "units": 6}
    layers = [dense, *behind, dense, *behind, {"name": "dense"}]
    configuration = deepcopy(BASE) | {"model": {"layers": layers}}
    for key, value in changes.items():
        *parents, last = key.split(".")
        node = configuration
        for parent in parents:
            node = node[parent]
        node[last] = value
    return configuration


@pytest.mark.sampled(18)
@pytest.mark.parametrize("number", range(len(CASES)))
def test_a_network_is_trained_as_by_another_library(registry, number):
    """Read, built and trained as in a run, from the same weights, on the same batches."""
    changes, behind, kind = CASES[number]
    x, t = GOLDEN["batches.x"], GOLDEN[f"batches.{kind}"]
    arrays = {"inputs": x, "targets": t}
    arrays |= {
        f"{split}_{name}": a for split in ("validation", "test") for name, a in arrays.items()
    }
    settings = read_settings(configuration(changes, behind), registry)
    parts = build(replace(settings, given=arrays), registry)
    start = 0
    for array in parts.network.parameters().values():
        array[...] = GOLDEN[f"{number:03}first"][start : start + array.size].reshape(array.shape)
        start += array.size
    start_slots(parts.network.blocks)
    evaluated = Evaluated(parts.network)
    for _ in parts.trainer.epochs(Silent()):
        pass
    np.testing.assert_allclose(parts.trainer.losses, GOLDEN[f"{number:03}losses"], rtol=1e-10)
    network = evaluated.refreshed()
    last = flat([*network.parameters().values(), *network.state().values()])
    wanted = GOLDEN[f"{number:03}last"]
    np.testing.assert_allclose(last, wanted, rtol=0, atol=1e-10 * np.abs(wanted).max())
