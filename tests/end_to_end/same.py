"""Two runs that came to the same, byte for byte; only clocks may differ."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from framework.runs import checkpoint_file
from framework.runs.choose_checkpoint import checkpoints

BYTES = ("losses.npy", "checkpoints/final.safetensors", "memory.txt")


def assert_same(one: Path, other: Path) -> None:
    """Compare two finished runs: weights, losses, metrics, whole state, figures."""
    for name in BYTES:
        assert (one / name).exists() == (other / name).exists(), name
        if (one / name).exists():
            assert (one / name).read_bytes() == (other / name).read_bytes(), name
    assert all(path.read_text().endswith("\n") for path in other.glob("run.log"))
    assert _rows(one) == _rows(other)
    assert _summary(one) == _summary(other)
    first, second = (checkpoint_file.read(checkpoints(each)[0]) for each in (one, other))
    assert first.arrays.keys() == second.arrays.keys()
    for name, array in first.arrays.items():
        if name != "run/seconds":
            assert array.tobytes() == second.arrays[name].tobytes(), name
    assert _without_clocks(first.about) == _without_clocks(second.about)


def assert_nothing_half_written(directory: Path) -> None:
    """Read every file of a run; parts of files lie under names of their own, if at all."""
    for path in checkpoints(directory):
        checkpoint_file.read(path)
    for path in directory.rglob("*"):
        if path.name.startswith(".part-") or not path.is_file():
            continue
        if path.suffix == ".json":
            json.loads(path.read_text())
        elif path.suffix == ".npy":
            np.load(path, allow_pickle=False)
        elif path.suffix in (".csv", ".yaml"):
            text = path.read_text()
            assert not text or text.endswith("\n"), path


def _rows(directory: Path) -> list[dict[str, str]]:
    path = directory / "metrics.csv"
    if not path.exists():
        return []
    with path.open() as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


def _summary(directory: Path) -> dict[str, Any]:
    found = json.loads((directory / "summary.json").read_text())
    return {k: found[k] for k in ("figures", "score", "epochs", "steps", "parameters", "seed")}


def _without_clocks(about: Any) -> Any:
    kept = ("position", "walk", "best", "figures", "generators", "callbacks", "seed", "data")
    found = {key: about[key] for key in kept}
    found["position"] = {k: v for k, v in found["position"].items() if k != "seconds"}
    return found
