"""k folds: each row is tested once, each class as often in each fold, the same in every process."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framework import DataError
from tests.end_to_end.command import framework

ROWS, FOLDS = 103, 5
LABELS = np.random.default_rng(0).choice(3, ROWS, p=[0.6, 0.3, 0.1])


@pytest.fixture
def load(make: Any, tmp_path: Path) -> Any:
    """Load rows that say their number, from a file of some kind."""

    def load(kind: str, fold: int | None, seed: int = 0, labels: Any = LABELS, **how: Any) -> Any:
        inputs = np.arange(len(labels), dtype=float)[:, None]
        how = {"folds": FOLDS, "fold": fold, **how}
        rng = np.random.default_rng(seed)
        if kind == "arrays":
            arrays = {"inputs": inputs, "targets": labels}
            return make("dataset", kind, **how).load_arrays(arrays, rng)
        path = tmp_path / f"d.{kind}"
        if kind == "npz":
            np.savez(path, inputs=inputs, targets=labels)
        elif kind == "csv":
            lines = [f"{int(x)},{t}" for (x,), t in zip(inputs, labels, strict=True)]
            path.write_text("\n".join(["x,t", *lines]))
        else:
            arrow = pytest.importorskip("pyarrow")
            table = arrow.table({"x": inputs.ravel(), "t": labels})
            pytest.importorskip("pyarrow.parquet").write_table(table, path)
        return make("dataset", kind, path=str(path), **how).load(rng)

    return load


def rows(split: Any) -> list[int]:
    return [int(row) for row in split.inputs[:, 0]]


@pytest.mark.parametrize("kind", ["arrays", "npz", "csv", "parquet"])
@pytest.mark.parametrize("split", ["random", "last"])
def test_each_row_is_in_one_fold(load, kind, split):
    loaded = [load(kind, fold, split=split) for fold in range(FOLDS)]
    assert sorted(row for data in loaded for row in rows(data.test)) == list(range(ROWS))
    for data in loaded:
        assert sorted(row for s in data.splits().values() for row in rows(s)) == list(range(ROWS))
        assert len(data.validation) == round(ROWS * 0.1)
        assert len(data.test) in (ROWS // FOLDS, ROWS // FOLDS + 1)
    if split == "random":
        counts = np.array([np.bincount(data.test.targets, minlength=3) for data in loaded])
        assert (np.ptp(counts, axis=0) <= 1).all()
    else:
        assert rows(loaded[1].test) == list(range(20, 41))


def test_the_seed_decides_and_every_fold_sees_the_same_partition(load):
    same, again, other = load("csv", 1), load("csv", 1), load("csv", 1, seed=1)
    assert rows(same.test) == rows(again.test) != rows(other.test)
    values = [rows(load("csv", f, labels=np.arange(20) / 8).test) for f in range(FOLDS)]
    assert sorted(row for fold in values for row in fold) == list(range(20))
    assert values[0] != [0, 1, 2, 3]


def test_where_a_file_has_a_test_the_fold_is_the_validation(make, tmp_path):
    x = np.arange(20.0)[:, None]
    y = np.arange(20) % 2
    np.savez(tmp_path / "d.npz", inputs=x, targets=y, test_inputs=-x, test_targets=y)
    made = [
        make("dataset", "npz", path=str(tmp_path / "d.npz"), folds=4, fold=fold).load(
            np.random.default_rng(0)
        )
        for fold in range(4)
    ]
    assert sorted(row for data in made for row in rows(data.validation)) == list(range(20))
    assert all(len(data.test) == 20 and len(data.train) == 15 for data in made)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"fold": 5}, r"data\.fold=5: of data\.folds=5, expected one from 0 to 4"),
        ({"fold": None}, r"expected one from 0 to 4; all of them, .* -m data\.fold=0,1,2,3,4$"),
        ({"fold": 1, "folds": None}, r"data\.fold=1: there are no folds; expected data\.folds"),
        ({"fold": 1, "folds": 200}, r"103 rows are too few for data\.folds=200"),
        ({"fold": 1, "folds": 2, "validation": 0.6}, "too few for data.validation=0.6 beside"),
    ],
)
def test_what_makes_no_folds_is_one_line(load, how, said):
    with pytest.raises(DataError, match=said):
        load("csv", **how)


@pytest.mark.slow
def test_folds_are_summarised_like_seeds(tmp_path):
    rng = np.random.default_rng(0)
    lines = [f"{a:.3f},{b:.3f},{'xy'[int(a > b)]}" for a, b in rng.standard_normal((60, 2))]
    (tmp_path / "d.csv").write_text("\n".join(["a,b,kind", *lines]))
    small = ("model.hidden=[4]", "trainer.epochs=1", "callbacks=none")
    folds = ("data.folds=3", "data.fold=0,1,2", "hydra.sweep.dir=s")
    done = framework("-m", "data=csv", "data.path=d.csv", *folds, *small, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "s/leaderboard.csv").open() as file:
        tests = [float(row["test_accuracy"]) for row in csv.DictReader(file)]
    with (tmp_path / "s/leaderboard_seeds.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert (row["overrides"], row["runs"], len(tests)) == ("all", "3", 3)
    assert float(row["test_accuracy"]) == pytest.approx(np.mean(tests), abs=1e-3)
    half = 4.302653 * np.std(tests, ddof=1) / 3**0.5  # Student's t for two degrees, from a table
    high = float(row["test_accuracy_high_95"])
    assert high == pytest.approx(np.mean(tests) + half, abs=1e-3)
    assert "test_accuracy" in done.stderr.split("runs")[1]
