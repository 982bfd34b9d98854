"""What is refused of data, what is only said, and that their scale is one for all inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import framework as fw
from framework import Data, DataError, Split
from framework.training.data_hints import hints

QUICK = ("data=npz", "data.path=own.npz", "layer=dense_xavier")


def data(rows: int = 40, **changes: Any) -> Data:
    """Make good data, in which some inputs are replaced: ``validation=lambda x: …``."""
    rng = np.random.default_rng(0)
    scale = changes.pop("scale", None)
    splits: dict[str, Any] = {}
    for name in ("train", "validation", "test"):
        inputs, labels = rng.normal(size=(rows, 5)), np.arange(rows) % 3
        splits[name] = Split(changes.get(name, lambda x: x)(inputs), labels)
    return Data(**splits, classes=3, scale=scale, source="own")


def test_good_data_give_no_hint():
    data().check("float32")
    assert hints(data(), scalable=True) == []


@pytest.mark.parametrize("split", ["train", "validation", "test"])
@pytest.mark.parametrize(
    ("value", "said"),
    [(np.nan, "not finite"), (np.inf, "not finite"), (-4e38, "hold -4e\\+38, be")],
)
def test_numbers_that_are_no_floats_are_named_by_split_and_row(split, value, said):
    def spoil(x: np.ndarray) -> np.ndarray:
        x[4097, 3] = value
        return x

    with pytest.raises(DataError, match=f"own: {split} inputs in row 4097 .*{said}"):
        data(5000, **{split: spoil}).check("float32")


def test_the_largest_float_is_fine():
    largest = float(np.finfo(np.float32).max)
    data(train=lambda x: x * 0 + largest, validation=lambda x: x * 0 - largest).check("float32")


def test_values_beyond_the_floats_are_refused_as_targets_too():
    rows = Split(np.ones((3, 2)), np.array([[1.0], [2.0], [1e200]]))
    with pytest.raises(DataError, match=r"memory: targets in row 2 hold 1e\+200, beyond float32"):
        Data(rows, rows, rows).check("float32")


@pytest.mark.parametrize("kind", [np.uint8, np.int64, np.int8])
def test_splits_of_integers_and_floats_are_refused(kind):
    with pytest.raises(DataError, match=f"test inputs are {np.dtype(kind)} from 0 to "):
        data(test=lambda x: np.abs(x).astype(kind)).check()
    data(test=lambda x: x.astype(np.float32)).check()  # floats all the same


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"train": lambda x: x * 1000}, "networks learn best from sizes about 1"),
        ({"train": lambda x: x + 500}, "networks learn best"),
        ({"validation": lambda x: x / 255}, "validation inputs are of size 0.00"),
        ({"test": lambda x: x * 255}, "were they scaled alike?"),
    ],
)
def test_what_is_often_a_slip_is_said(changes, said):
    assert any(said in line for line in hints(data(**changes), scalable=True))


def test_bytes_are_asked_about_and_not_touched():
    def pictures(x: np.ndarray) -> np.ndarray:
        return np.asarray(np.abs(x * 100).clip(0, 255), np.uint8)

    met = data(train=pictures, validation=pictures, test=pictures)
    (line,) = hints(met, scalable=True)
    assert "if they are pictures, they want data.scale=0.00392156862745098 (1/255)" in line
    scaled = data(train=pictures, validation=pictures, test=pictures, scale=1 / 255)
    assert hints(scaled, scalable=True) == []


def test_classes_without_rows_are_said():
    rows = Split(np.ones((4, 2)), np.array([0, 0, 2, 2]))
    few = Split(np.ones((2, 2)), np.array([2, 2]))
    lines = hints(Data(rows, few, rows, classes=3), scalable=True)
    assert lines[:2] == [
        "memory: no split has a row of 1 of 3 classes (1)",
        "memory: validation has no row of 1 of 3 classes (0)",
    ]
    lines = hints(Data(few, few, few, classes=3), scalable=True)
    assert lines[0] == "memory: all 2 train labels are 2: there is nothing to learn"
    assert (
        lines[1] == "memory: train inputs are the same in every row: there is nothing to learn from"
    )


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Train on inputs of some type, and give the run."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    features = rng.integers(0, 2, (200, 6))

    def run(dtype: str, *overrides: str, times: float = 1) -> fw.Run:
        targets = features[:, 0] ^ features[:, 1]
        np.savez("own.npz", inputs=(features * times).astype(dtype), targets=targets)
        place = tmp_path / f"{dtype}{times}{len(overrides)}"
        return fw.train(*QUICK, "trainer.epochs=2", "callbacks=none", *overrides, directory=place)

    return run


def test_a_type_is_no_meaning(runs):
    losses = [
        runs(dtype, "model.hidden=[8]").losses
        for dtype in ("uint8", "int8", "int64", "float32", "float64")
    ]
    for other in losses[1:]:
        np.testing.assert_array_equal(losses[0], other)


@pytest.mark.parametrize("layers", ["model.hidden=[8]", "model.layers=[relu,{name:dense,units:2}]"])
def test_a_scale_is_for_all_inputs(runs, layers):
    """Bytes that are scaled, floats that are, and what is predicted later, whatever its type."""
    chosen = [layers] if "hidden" in layers else ["model=sequential", layers]
    scale = "data.scale=0.00392156862745098"
    with_bytes = runs("uint8", scale, *chosen, times=255)
    with_floats = runs("float64", scale, *chosen, times=255)
    np.testing.assert_array_equal(with_bytes.losses, with_floats.losses)
    divided = runs("float64", *chosen)
    np.testing.assert_allclose(with_bytes.losses, divided.losses, rtol=1e-5)
    inputs = with_bytes.data.test.inputs
    expected = with_bytes.network.logits(inputs)
    for dtype in ("int64", "float32", "float64"):
        np.testing.assert_array_equal(with_bytes.network.logits(inputs.astype(dtype)), expected)
