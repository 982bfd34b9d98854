"""Resuming on other data than a run was trained on is noticed, whatever differs."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import framework as fw
from framework import Data, RunError, Split
from framework.runs.changed_data import difference

QUICK = ("data=npz", "model.hidden=[3]", "callbacks=none", "trainer.epochs=1")


def data(rows: int = 9000) -> Data:
    rng = np.random.default_rng(0)
    train, validation, test = (
        Split(rng.integers(0, 256, (n, 3), np.uint8), rng.integers(0, 5, n)) for n in (rows, 50, 60)
    )
    return Data(train, validation, test, classes=5)


def test_every_bit_counts():
    known = data().fingerprint
    assert difference(known, data()) is None
    rng = np.random.default_rng(1)
    for name, split in data().splits().items():
        for what in ("inputs", "targets"):
            for _ in range(20):
                other = data()
                array = getattr(other.splits()[name], what)
                place = tuple(int(rng.integers(n)) for n in array.shape)
                array[place] ^= 1
                assert difference(known, other) == "other numbers in the same shape", (name, place)
        assert len(split)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: data(8999), "rows were [9000, 50, 60], and are [8999, 50, 60]"),
        (lambda d: replace(d, scale=1 / 255), "scale were None"),
        (lambda d: replace(d, classes=6), "classes were 5, and are 6"),
        (
            lambda d: replace(d, test=replace(d.test, inputs=d.test.inputs.view(np.int8))),
            "inputs were ['uint8 [3]', 'uint8 [3]', 'uint8 [3]'], and are",
        ),
        (lambda d: replace(d, train=d.test, test=d.train), "rows were"),
    ],
)
def test_what_differs_is_said(change: Callable[[Data], Data], said: str):
    assert str(difference(data().fingerprint, change(data()))).startswith(said)


def test_fingerprints_of_format_1_are_known():
    """They looked at some 256 rows of each array; bytes were divided by 255 in those days."""
    met = data()
    checksum = 0
    for split in met.splits().values():
        thin = max(1, len(split) // 256)
        for array in (split.inputs, split.targets):
            checksum = zlib.crc32(np.ascontiguousarray(array[::thin]).tobytes(), checksum)
    known = {"rows": [9000, 50, 60], "sum": checksum}
    assert difference(known, replace(met, scale=1 / 255)) is None
    assert str(difference(known, met)).startswith("bytes were multiplied by 0.00392156862745098")
    met.test.targets[3] ^= 1
    assert str(difference(known, replace(met, scale=1 / 255))).startswith("or they are split")
    assert difference(None, met) == "its checkpoint does not say on which"


def test_arrays_on_disk_are_the_same_data(tmp_path):
    inputs = np.random.default_rng(0).normal(size=(5000, 3))
    np.save(tmp_path / "x.npy", inputs)
    rows = np.random.default_rng(0).permutation(5000)[:4321]
    targets = np.arange(5000) % 2
    there = Split.of_rows(np.load(tmp_path / "x.npy", mmap_mode="r"), targets, rows)
    here = Split.of_rows(inputs, targets, rows)
    first = Data(there, there, there, classes=2)
    assert difference(first.fingerprint, Data(here, here, here, classes=2)) is None
    assert "inputs" not in vars(there)  # nobody has copied them
    moved = replace(there, targets=1 - there.targets)
    np.testing.assert_array_equal(moved.inputs, here.inputs)
    np.testing.assert_array_equal(moved.block(5, 9)[1], 1 - here.targets[5:9])


def test_labels_flipped_in_place_end_a_resume(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    inputs = np.random.default_rng(0).normal(size=(3000, 4))
    targets = np.arange(3000) % 3
    np.savez("own.npz", inputs=inputs, targets=targets)
    fw.train(*QUICK, "data.path=own.npz", "data.split=last", directory="run")
    targets[1000] = (targets[1000] + 1) % 3
    np.savez("own.npz", inputs=inputs, targets=targets)
    with pytest.raises(RunError, match=r"trained on other data than own\.npz has now: other num"):
        fw.resume("run", "trainer.epochs=2")
    run = fw.resume("run", "trainer.epochs=2", allow_changes=True)
    assert len(run.metrics) == 2
    assert difference(run.data.fingerprint, run.data) is None


def test_a_folder_trains_as_a_file_does_and_stays_on_disk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    inputs = np.random.default_rng(0).normal(size=(300, 4))
    arrays: dict[str, Any] = {"inputs": inputs, "targets": np.arange(300) % 3}
    (tmp_path / "folder").mkdir()
    for name, array in arrays.items():
        np.save(tmp_path / "folder" / f"{name}.npy", array)
    np.savez("own.npz", **arrays)
    file, folder = (
        fw.train(*QUICK, f"data.path={path}", directory=f"of_{path}")
        for path in ("own.npz", "folder")
    )
    np.testing.assert_array_equal(file.losses, folder.losses)
    assert file.summary["figures"] == folder.summary["figures"]
    assert difference(file.data.fingerprint, folder.data) is None
    assert "inputs" not in vars(folder.data.train)
