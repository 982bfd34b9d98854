"""Pictures in four files of MNIST's form: Fashion-MNIST and its like."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from framework import DataError
from tests.end_to_end.command import framework, only_run

LABELS = "train-labels-idx1-ubyte"
SIZES = {"train": 200, "t10k": 30}


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two kinds of picture: bright above, or bright below; sorted by kind."""
    rng = np.random.default_rng(0)
    (tmp_path / "fashion").mkdir()
    for name, rows in SIZES.items():
        labels = np.sort(np.arange(rows) % 2).astype(np.uint8)
        images = rng.integers(0, 100, (rows, 8, 6), np.uint8)
        images[labels == 0, :4] += 150
        images[labels == 1, 4:] += 150
        (tmp_path / "fashion" / f"{name}-images-idx3-ubyte").write_bytes(idx(images))
        (tmp_path / "fashion" / f"{name}-labels-idx1-ubyte").write_bytes(idx(labels))
    return tmp_path / "fashion"


@pytest.mark.parametrize("packed", [False, True])
def test_reads_the_four_files_packed_or_not(make, folder, packed):
    for path in list(folder.iterdir()) if packed else []:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    data = make("dataset", "idx", path=str(folder)).load(np.random.default_rng(0))
    data.check()
    assert [len(split) for split in data.splits().values()] == [180, 20, 30]
    assert np.bincount(data.validation.targets).tolist() == [10, 10]
    assert (data.scale, data.image_shape, data.classes) == (1 / 255, (8, 6), 2)
    assert data.train.inputs.dtype == np.uint8


def test_trains_on_them(folder):
    quick = ("model.hidden=[8]", "layer=dense_xavier", "trainer.epochs=20", "callbacks=none")
    done = framework("data=idx", "data.path=fashion", *quick, cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    assert '"test_accuracy": 1.0' in (only_run(folder.parent) / "summary.json").read_text()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, f"there is no such file, nor {LABELS}.gz"),
        (b"", "is not an IDX file"),
        (idx(np.zeros(5, np.uint8))[:-1], "holds 4 bytes, expected 5"),
        (b"\x1f\x8b\x08", "cannot be read"),
        (lambda: gzip.compress(bytes(1 << 27), 1), "has more than 67,108,864 bytes"),
    ],
    ids=["missing", "empty", "short", "cut off", "a bomb"],
)
def test_a_file_that_is_not_one_is_named(make, folder, content, said):
    path = folder / LABELS
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content() if callable(content) else content)
    with pytest.raises(DataError, match=said) as caught:
        make("dataset", "idx", path=str(folder)).load(np.random.default_rng(0))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_numbers_of_images_and_labels_are_refused(make, folder):
    (folder / LABELS).write_bytes(idx(np.zeros(5, np.uint8)))
    with pytest.raises(DataError, match=r"train_inputs of shape \(200, 48\) and train_targets of"):
        make("dataset", "idx", path=str(folder)).load(np.random.default_rng(0))
