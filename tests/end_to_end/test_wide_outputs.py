"""Memory follows the classes, not their square: metrics, pictures, evaluation."""

from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pytest

import framework as fw
from framework import app

CLASSES, ROWS = 3000, 120
SQUARE = 4 * CLASSES**2  # bytes, of a number in float32 for each pair of classes


@pytest.mark.slow  # what is traced takes three times as long
def test_many_classes_take_no_square_of_memory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    labels = rng.integers(0, CLASSES, ROWS)
    np.savez("wide.npz", inputs=rng.standard_normal((ROWS, 3)), targets=labels)
    wide = ("data=npz", "data.path=wide.npz", f"data.classes={CLASSES}", "model.hidden=[4]")
    small = ("trainer.epochs=1", "trainer.batch_size=8", "trainer.evaluation_rows=30")
    tracemalloc.start()
    try:
        fw.train(*wide, *small, "metrics=classification_full", directory="r")
        assert app.run(["job=evaluate", "run=r"]) == 0
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < SQUARE
    parts = json.loads((tmp_path / "r" / "evaluation.json").read_text())
    assert len(parts["classes"]) == CLASSES
    assert "confusion" not in parts
    assert (tmp_path / "r" / "confusion.png").is_file()
    assert (tmp_path / "r" / "evaluation_confusion.png").is_file()
