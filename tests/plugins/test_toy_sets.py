"""The small data sets of scikit-learn: their names are kept, nothing is fetched."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import pytest

import framework as fw

SETS = {
    "iris": (150, 4, ("setosa", "versicolor", "virginica")),
    "wine": (178, 13, ("class_0", "class_1", "class_2")),
    "breast_cancer": (569, 30, ("malignant", "benign")),
    "digits": (1797, 64, tuple("0123456789")),
    "diabetes": (442, 10, ()),
}


@pytest.mark.parametrize("name", SETS)
def test_rows_columns_and_classes(make, name):
    datasets = pytest.importorskip("sklearn.datasets")
    rows, width, classes = SETS[name]
    data = make("dataset", "sklearn_toy", set=name).load(np.random.default_rng(0))
    data.check()
    splits = list(data.splits().values())
    assert (sum(map(len, splits)), data.sample_shape, data.class_names) == (rows, (width,), classes)
    theirs = getattr(datasets, f"load_{name}")()
    for split in splits:
        given = split.inputs.astype(float)
        np.testing.assert_array_equal(given, theirs.data[split.rows])
        np.testing.assert_array_equal(split.targets.ravel(), theirs.target[split.rows])
    if name == "digits":
        assert (data.image_shape, data.scale, data.columns.names) == ((8, 8), 1 / 16, ())
    else:
        assert data.columns.names == tuple(theirs.feature_names)


def test_a_set_is_chosen_by_its_name_and_learned(tmp_path):
    pytest.importorskip("sklearn")
    small = ("model.hidden=[16]", "layer=dense_xavier", "layer.update_rule.learning_rate=0.1")
    trained = fw.train(
        *("data=wine", *small, "trainer.epochs=10", "trainer.batch_size=10", "callbacks=none"),
        directory=tmp_path / "run",
    )
    assert trained.summary["figures"]["test_accuracy"] > 0.8


def test_without_scikit_learn_it_is_one_line(make, monkeypatch):
    imported = builtins.__import__

    def refuse(name: str, *more: Any, **how: Any) -> Any:
        if name.startswith("sklearn"):
            raise ImportError("No module named 'sklearn'")
        return imported(name, *more, **how)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(fw.ConfigurationError, match=r"iris is .* 'mlp-framework\[sklearn\]'"):
        make("dataset", "sklearn_toy").load(np.random.default_rng(0))
