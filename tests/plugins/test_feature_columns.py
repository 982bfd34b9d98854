"""`feature_columns`: categories looked up in tables of their own, other columns beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import framework as fw
from framework.components.columns import Columns
from plugins.layers.feature_columns import FeatureColumns
from tests.layers import bound

RNG = np.random.default_rng(0)
COLUMNS = Columns(("city", "age", "kind"), (("ulm", "bonn", "kiel"), (), ("a", "b")))


def test_it_is_what_loops_over_rows_and_columns_give():
    layer = FeatureColumns(columns=(0, 2), sizes=(3, 2), widths=(2, 1))
    x = np.array([[2, 0.5, 1], [0, -1.5, 1], [2, 2.5, 0]])
    arrays, out = bound(layer, x, RNG)
    city, kind = arrays.table_0, arrays.table_2
    expected = [[*city[int(a)], b, *kind[int(c)]] for a, b, c in x.tolist()]
    assert layer.forward(x, out, arrays).tolist() == expected
    g = RNG.normal(size=(3, 4))
    gradients = fw.Arrays(table_0=np.full((3, 2), 9.0), table_2=np.full((2, 1), 9.0))
    layer.parameter_gradients(x, out, g, gradients, arrays)
    np.testing.assert_allclose(
        gradients.table_0, np.stack([g[1, :2], 0 * g[0, :2], g[0, :2] + g[2, :2]])
    )
    np.testing.assert_allclose(gradients.table_2, [[g[2, 3]], [g[0, 3] + g[1, 3]]])
    gx = layer.input_gradient(x, out, g, np.empty_like(x), arrays)
    assert gx.tolist() == [[0, row[2], 0] for row in g.tolist()]
    for wrong in (3.0, -1.0, 0.5, np.nan):
        with pytest.raises(fw.DataError, match=r"column 0 has .*; expected the code of a category"):
            layer.forward(np.array([[wrong, 0, 0]]), out[:1], arrays)


def test_it_learns_the_columns_of_the_data():
    told = FeatureColumns(width=4).over(COLUMNS)
    assert (told.columns, told.sizes, told.output_shape((3,))) == ((0, 2), (3, 2), (9,))
    assert FeatureColumns(columns=("kind",)).over(COLUMNS).columns == (2,)
    for columns, line in ((("citi",), "did you mean 'city'"), (("age",), "has no categories")):
        with pytest.raises(ValueError, match=line):
            FeatureColumns(columns=columns).over(COLUMNS)


@pytest.mark.slow
def test_a_table_trains_through_it_and_is_asked_by_names(tmp_path, monkeypatch):
    pandas = pytest.importorskip("pandas")
    monkeypatch.chdir(tmp_path)
    city = RNG.choice(["ulm", "bonn", "kiel"], 300)
    table = pandas.DataFrame({"age": RNG.integers(20, 60, 300) / 40, "city": city})
    kind = np.where((city == "ulm") != (table["age"] > 1), "yes", "no")
    run = fw.fit(
        *(table, kind),
        layers=["feature_columns", {"name": "dense", "units": 16}, "relu", "dense"],
        initializer="xavier_normal",
        update_rule="adam",
        learning_rate=0.02,
        epochs=20,
        callbacks="none",
    )
    assert run.summary["figures"]["test_accuracy"] > 0.9
    fields: Any = run.network.layers[0].layer
    assert (fields.columns, fields.sizes) == ((1,), (3,))
    fw.write_network(run, tmp_path / "n.safetensors")
    asked = fw.load(tmp_path / "n.safetensors").predict(table[["city", "age"]])
    assert asked.tolist() == run.network.predict(table).tolist()
