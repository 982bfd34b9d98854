from __future__ import annotations

import importlib

import numpy as np
import pytest

import framework as fw

worst_pairs = importlib.import_module("framework.plugins.callbacks.pictures").worst_pairs


def test_worst_pairs_are_counted_without_a_matrix():
    labels = np.array([9_999, 9_999, 9_999, 5, 5, 7, 7, 7, 7])
    predicted = np.array([1, 1, 9_999, 5, 5, 7, 8, 1, 8])
    found = worst_pairs(labels, predicted)
    assert found["pairs"].tolist() == [[7, 8], [9_999, 1], [7, 1]]
    assert found["counts"].tolist() == [2, 2, 1]
    assert found["totals"].tolist() == [4, 3, 4]
    assert (found["wrong"], found["samples"]) == (5, 9)


def test_no_mistakes_are_no_pairs():
    found = worst_pairs(np.arange(60), np.arange(60))
    assert found["pairs"].shape == (0, 2)
    assert found["wrong"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.uint8, np.uint64])
def test_many_classes_have_their_picture(tmp_path, monkeypatch, dtype):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 100, 400).astype(dtype)
    np.savez("d.npz", inputs=rng.standard_normal((400, 2)), targets=labels)
    wide = ("data=npz", "data.path=d.npz", "data.classes=100", "model.hidden=[8]")
    run = fw.train(*wide, "trainer.epochs=1", "layer=dense_xavier")
    for name in ("confusion.png", "samples.png"):
        assert (run.directory / name).read_bytes().startswith(b"\x89PNG")
