"""How a user's rows become training, validation and test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framework import Data, DataError

Load = Callable[..., Data]


@pytest.fixture
def load(make: Any, tmp_path: Path) -> Load:
    """Save arrays and load them as data; fields of the dataset go in `how`."""

    def load(arrays: dict[str, Any], seed: int = 0, **how: Any) -> Data:
        path = tmp_path / "own.npz"
        np.savez(path, **arrays)
        dataset = make("dataset", "npz", path=str(path), **how)
        data: Data = dataset.load(np.random.default_rng(seed))
        data.check()
        return data

    return load


def numbered(targets: np.ndarray) -> dict[str, Any]:
    """Make inputs that say their row."""
    return {"inputs": np.arange(len(targets), dtype=float)[:, None], "targets": targets}


def test_sorted_classes_are_in_every_split_as_often_as_in_all_rows(load):
    data = load(numbered(np.repeat([0, 1, 2], 50)))
    assert np.bincount(data.train.targets).tolist() == [40, 40, 40]
    assert np.bincount(data.validation.targets).tolist() == [5, 5, 5]
    assert np.bincount(data.test.targets).tolist() == [5, 5, 5]


@pytest.mark.parametrize("split", ["random", "last"])
@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize(("validation", "test"), [(0.1, 0.1), (0.5, 0.49), (0.01, 0.3)])
def test_every_row_is_in_one_split_with_its_own_target(load, split, labels, validation, test):
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 7, 203) if labels else rng.normal(size=(203, 2))
    data = load(numbered(targets), split=split, validation=validation, test=test)
    rows = np.concatenate([s.inputs[:, 0] for s in data.splits().values()]).astype(int)
    assert sorted(rows) == list(range(203))
    for part in data.splits().values():
        np.testing.assert_array_equal(part.targets, targets[part.inputs[:, 0].astype(int)])
        np.testing.assert_array_equal(part.rows, part.inputs[:, 0])
    assert len(data.validation) == round(203 * validation)
    assert len(data.test) == round(203 * test)


def test_the_seed_decides_and_nothing_else(load):
    arrays = numbered(np.arange(100) % 4)
    same, again, other = load(arrays), load(arrays), load(arrays, seed=1)
    np.testing.assert_array_equal(same.test.inputs, again.test.inputs)
    assert not np.array_equal(same.test.inputs, other.test.inputs)


def test_rows_without_classes_are_held_out_from_everywhere(load):
    held_out = load(numbered(np.arange(1000.0)), test=0.5).test.inputs[:, 0]
    assert abs(held_out.mean() - 499.5) < 40
    assert np.bincount((held_out // 250).astype(int)).min() > 90


def test_rare_classes_stay_in_training(load):
    targets = np.zeros(60, int)
    targets[[17, 40, 41]] = 1, 2, 2
    for seed in range(20):
        data = load(numbered(targets), seed=seed, test=0.4)
        assert set(data.train.targets) == {0, 1, 2}


def test_given_splits_are_used_and_the_missing_one_is_held_out(load):
    arrays = numbered(np.arange(40) % 2)
    test = {"test_inputs": -np.ones((7, 1)), "test_targets": np.arange(7) % 2}
    data = load({**arrays, **test})
    assert [len(s) for s in data.splits().values()] == [36, 4, 7]
    assert (data.test.inputs == -1).all()
    renamed = {f"train_{name}": array for name, array in arrays.items()}
    assert [len(s) for s in load({**renamed, **test}).splits().values()] == [36, 4, 7]
    validation = {name.replace("test", "validation"): array for name, array in test.items()}
    data = load({**arrays, **validation}, test=0.25)
    assert [len(s) for s in data.splits().values()] == [30, 7, 10]
    assert "all splits are the file's own" in load({**renamed, **test, **validation}).notes[0]


SIX = {
    f"{split}_{what}": np.ones((4, 3)) if what == "inputs" else np.arange(4) % 2
    for split in ("train", "validation", "test")
    for what in ("inputs", "targets")
}
TWO = numbered(np.arange(20) % 2)
REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "shares": (TWO, {"validation": 0.6, "test": 0.6}, "data.validation=0.6 and data.test=0.6: not"),
    "shares that make one": (TWO, {"validation": 0.5, "test": 0.5}, "expected a sum below 1"),
    "no test": (TWO, {"test": 0.0}, "data.test: 0 leaves no rows for test"),
    "two rows": (numbered(np.arange(2)), {}, "2 rows are too few for data.validation=0.1 and"),
    "one row": (numbered(np.zeros(1, int)), {}, "1 rows are too few"),
    "no rows": (numbered(np.zeros(0, int)), {}, r"inputs have no rows, shape \(0, 1\)"),
    "no pictures": (
        {**SIX, "test_inputs": np.ones((0, 8, 8)), "test_targets": np.zeros(0, int)},
        {},
        r"test_inputs have no rows, shape \(0, 64\)",
    ),
    "half a split": ({**TWO, "test_inputs": np.ones((2, 1))}, {}, "test_inputs but no test_target"),
    "a slip": (
        {**TWO, "val_inputs": np.ones((2, 1))},
        {},
        "holds val_inputs, which is not read; expected",
    ),
    "other names": ({**TWO, "x_test": np.ones((2, 1))}, {}, "holds x_test, which is not read"),
    "both": ({**SIX, **TWO}, {}, "holds inputs and train_inputs; expected one of them"),
    "no training": ({k: v for k, v in SIX.items() if "train" not in k}, {}, "expected inputs and"),
    "other rows": (
        {**TWO, "test_inputs": np.ones((2, 1)), "test_targets": np.zeros(3, int)},
        {},
        r"test_inputs of shape \(2, 1\) and test_targets of shape \(3,\) differ in rows",
    ),
    "other samples": ({**SIX, "test_inputs": np.ones((4, 2))}, {}, r"\(4, 2\); expected \(rows, 3"),
    "other targets": ({**SIX, "test_targets": np.ones((4, 2))}, {}, "test labels are float64 of"),
    "bytes and floats": (
        {**SIX, "train_inputs": np.full((4, 3), 255, np.uint8)},
        {},
        "validation inputs are float64 from 1 to 1, train inputs uint8 from 255 to 255; expected",
    ),
    "a number": ({"inputs": np.ones(()), "targets": np.ones(())}, {}, "differ in rows"),
    "no numbers": ({"inputs": np.ones((20, 0)), "targets": np.arange(20) % 2}, {}, "no numbers"),
    "complex": ({**TWO, "inputs": np.ones((20, 1), complex)}, {}, "complex128 inputs .*; array.re"),
    "texts": ({**TWO, "targets": np.array(["a"] * 20)}, {}, "<U1 targets; .*return_inverse=True"),
    "times": ({**TWO, "inputs": np.zeros((20, 1), "M8[s]")}, {}, "datetime64.*'int64'"),
    "truths": ({**TWO, "inputs": np.ones((20, 1), bool)}, {}, "bool inputs .*'uint8'"),
    "objects": ({**TWO, "targets": np.array([1, "a"] * 10, object)}, {}, "file: targets: it holds"),
    "fields": ({**TWO, "inputs": np.zeros(20, [("a", "f4")])}, {}, "file: inputs: type .*rows"),
}


@pytest.mark.parametrize(("arrays", "how", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_makes_no_three_splits_is_one_line(load, arrays, how, said):
    with pytest.raises(DataError, match=said) as caught:
        load(arrays, **how)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("split", ["random", "last"])
@pytest.mark.parametrize(
    ("row", "bad", "said"),
    [(7, np.nan, "are not finite"), (18, -np.inf, "are not finite"), (19, 1e39, "beyond float32")],
)
def test_rows_in_messages_count_in_the_file(make, tmp_path, split, row, bad, said):
    inputs = np.ones((20, 2))
    inputs[row, 1] = bad
    np.savez(tmp_path / "own.npz", inputs=inputs, targets=np.arange(20) % 2)
    dataset = make("dataset", "npz", path=str(tmp_path / "own.npz"), split=split)
    for seed in range(5):
        data = dataset.load(np.random.default_rng(seed))
        with pytest.raises(DataError, match=f"inputs in row {row} .*{said}"):
            data.check("float32")
    if np.isfinite(bad):
        data.check("float64")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("", r"data\.path: is empty"),
        ("  ", r"data\.path: is empty"),
        ("a.npy", r"a\.npy: is a single array; expected an \.npz file, or a folder"),
        ("a.csv", r"a\.csv: is not a readable \.npz file: it is none; numpy\.savez writes such"),
        ("latin.npz", r"latin\.npz: is not a readable \.npz file: it is none"),
        ("folder", "holds other; expected inputs and targets, or"),
    ],
)
def test_a_path_to_something_else_is_named(make, tmp_path, monkeypatch, path, said):
    monkeypatch.chdir(tmp_path)
    np.save("a.npy", np.ones(3))
    np.save("inputs.npy", np.ones(3))  # which no empty path may reach
    Path("a.csv").write_text("1,2\n")
    Path("latin.npz").write_bytes("Käse".encode("latin-1"))
    Path("folder").mkdir()
    np.save("folder/other.npy", np.ones(3))
    with pytest.raises(DataError, match=said) as caught:
        make("dataset", "npz", path=path).load(np.random.default_rng(0))
    assert "\n" not in str(caught.value)
