from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from framework import DataError


def rng():
    return np.random.default_rng(0)


def test_holds_out_the_last_rows_if_asked(make, tmp_path):
    x = np.arange(40.0).reshape(20, 2)
    np.savez(tmp_path / "own.npz", inputs=x, targets=np.arange(20) % 3)
    path = str(tmp_path / "own.npz")
    data = make("dataset", "npz", path=path, test=0.2, split="last").load(rng())
    data.check()
    assert [len(split) for split in data.splits().values()] == [14, 2, 4]
    np.testing.assert_array_equal(data.test.inputs, x[16:])
    assert data.classes == 3


def test_takes_given_splits_and_keeps_bytes(make, tmp_path):
    arrays: dict[str, Any] = {}
    for name, rows in (("train", 6), ("validation", 2), ("test", 3)):
        arrays[f"{name}_inputs"] = np.full((rows, 4, 5), 255, np.uint8)
        arrays[f"{name}_targets"] = np.zeros(rows, np.int64)
    np.savez(tmp_path / "own.npz", **arrays)
    data = make("dataset", "npz", path=str(tmp_path / "own.npz"), classes=2).load(rng())
    assert data.train.inputs.dtype == np.uint8
    assert data.train.inputs.shape == (6, 20)
    assert data.scale is None
    assert data.image_shape == (4, 5)


def test_numbers_are_values_for_regression(make, tmp_path):
    np.savez(tmp_path / "own.npz", inputs=np.ones((10, 2)), targets=np.linspace(0, 1, 10))
    data = make("dataset", "npz", path=str(tmp_path / "own.npz")).load(rng())
    data.check()
    assert data.classes is None
    assert data.outputs == 1


def test_a_folder_of_npy_stays_on_disk(make, tmp_path):
    np.save(tmp_path / "inputs.npy", np.ones((10, 2)))
    np.save(tmp_path / "targets.npy", np.zeros(10, np.int64))
    data = make("dataset", "npz", path=str(tmp_path)).load(rng())
    whole, rows = data.train.whole()
    assert isinstance(whole, np.memmap)
    assert rows is not None
    assert "inputs" not in vars(data.train)  # no copy has been made
    np.testing.assert_array_equal(data.train.inputs, whole[rows])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a readable"),
        (b"PK\x03\x04 broken", "not a readable"),
        (b"\x80\x04\x95pickle", "not a readable"),
    ],
)
def test_a_damaged_file_is_one_line(make, tmp_path, content, said):
    (tmp_path / "own.npz").write_bytes(content)
    with pytest.raises(DataError, match=said) as caught:
        make("dataset", "npz", path=str(tmp_path / "own.npz")).load(rng())
    assert "\n" not in str(caught.value)
    assert "own.npz" in str(caught.value)


def test_an_array_of_objects_is_refused_unread(make, tmp_path):
    np.savez(tmp_path / "own.npz", inputs=np.array([{}], object), targets=np.zeros(1))
    with pytest.raises(DataError, match="not a readable"):
        make("dataset", "npz", path=str(tmp_path / "own.npz")).load(rng())


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x": np.ones(2)}, "holds x; expected inputs and targets"),
        ({"inputs": np.ones((3, 2)), "targets": np.zeros(2, int)}, "differ in rows"),
        ({"inputs": np.ones((30, 2)), "targets": np.full(30, 5)}, "label 5 in row 0 is outside"),
        (
            {"inputs": np.full((30, 2), np.nan), "targets": np.zeros(30, int)},
            "row 0 are not finite",
        ),
        ({"inputs": np.array([["a"]] * 30), "targets": np.zeros(30, int)}, "numbers are needed"),
    ],
)
def test_arrays_that_cannot_be_trained_on_are_refused(make, tmp_path, arrays, said):
    np.savez(tmp_path / "own.npz", **arrays)
    dataset = make("dataset", "npz", path=str(tmp_path / "own.npz"), classes=3)
    with pytest.raises(DataError, match=said):
        dataset.load(rng()).check()


def test_a_missing_file_is_named(make, tmp_path):
    with pytest.raises(DataError, match="there is no such file"):
        make("dataset", "npz", path=str(tmp_path / "none.npz")).load(rng())
