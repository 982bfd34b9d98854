"""Named columns, categories, missing values, class names: from the data to the network."""

from typing import Any

import numpy as np
import pytest

import framework as fw
from tests.end_to_end.test_answers import Frame

TRANSFORMS = ["one_hot", "impute", "standardize"]


def table(rows: int = 150) -> dict[str, Any]:
    """Flowers: the colour says most, the length the rest; some of both is missing."""
    rng = np.random.default_rng(0)
    colour = np.array(["blue", "red", "white"], dtype=object)[rng.integers(0, 3, rows)]
    length = rng.normal(50, 10, rows)
    kind = np.where(colour == "red", "rose", np.where(length > 50, "lily", "iris")).astype(object)
    colour[7], length[:12:4] = None, np.nan
    return {"colour": colour, "wide": rng.integers(0, 9, rows), "length": length, "kind": kind}


def rows_of(columns: dict[str, Any], rows: slice, *names: str) -> Any:
    return Frame(**{name: columns[name][rows] for name in names})


def fit(folder, name: str, **settings: Any) -> fw.Run:
    kept: dict[str, Any] = {
        "transforms": TRANSFORMS,
        "epochs": 12,
        "hidden": [8],
        "overrides": [
            *("callbacks=none", "+callbacks.weights.name=weights"),
            *("layer=dense_xavier", "layer.update_rule.learning_rate=0.1", "trainer.batch_size=8"),
        ],
    }
    return fw.fit(Frame(**table()), "kind", directory=folder / name, **(kept | settings))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return fit(tmp_path_factory.mktemp("columns"), "run")


def test_a_table_is_learnt_with_its_names(run):
    assert run.data.columns.names == ("colour", "wide", "length")
    assert run.data.columns.categories == (("blue", "red", "white"), (), ())
    assert run.data.class_names == ("iris", "lily", "rose")
    assert run.summary["figures"]["test_accuracy"] > 0.8
    labels = [bound.label for bound in run.network.layers[:3]]
    assert labels == ["data.one_hot", "data.impute", "data.standardize"]
    assert run.network.layers[0].outputs == (5,)
    length = run.data.train.inputs[:, 2]
    state = run.network.state()
    fill = state["layer/data.impute/fill"][4]
    np.testing.assert_allclose(fill, np.nanmean(length), rtol=1e-6)
    filled = np.where(np.isnan(length), fill, length)
    np.testing.assert_allclose(state["layer/data.standardize/mean"][4], filled.mean(), rtol=1e-6)


@pytest.mark.parametrize("which", ["final", "last", "best"])
def test_a_loaded_network_takes_the_table_in_any_order(run, which):
    network = fw.load(run.directory, which)
    assert network.class_names == ("iris", "lily", "rose")
    columns = table()
    given = rows_of(columns, slice(20), "length", "kind", "colour", "wide")
    classes = network.predict(given)
    if which != "best":
        np.testing.assert_array_equal(classes, run.network.predict(given))
    numbers = np.column_stack(
        [
            [np.nan if c is None else ["blue", "red", "white"].index(c) for c in columns["colour"]],
            *(columns["wide"], columns["length"]),
        ]
    )[:20]
    np.testing.assert_array_equal(network.predict(numbers), classes)
    gradient = network.input_gradient(numbers, "rose")
    assert np.all(gradient[:, 0] == 0)  # a code has none
    assert np.all(gradient[np.isnan(numbers)] == 0)
    np.testing.assert_array_equal(gradient, network.input_gradient(numbers, 2))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"colour": None}, "there is no column 'colour', which the network was trained on"),
        (
            {"colour": ["rde"]},
            "column 'colour' has 'rde' in row 0, which training did not",
        ),
        ({"length": ["long"]}, "column 'length' has 'long' in row 0; expected numbers"),
        ({"length": [np.inf]}, r"row 0, feature 2 \('length'\) are inf; expected finite"),
    ],
)
def test_a_table_that_does_not_fit_is_one_line(run, change, said):
    columns = {"colour": ["red"], "wide": [3], "length": [4.0]} | change
    given = {name: np.array(c, dtype=object) for name, c in columns.items() if c is not None}
    with pytest.raises(fw.DataError, match=said) as caught:
        run.network.predict(Frame(**given))
    assert "\n" not in str(caught.value)
    with pytest.raises(
        fw.DataError, match=r"shape \(2, 5\); expected .*'colour', 'wide', 'length'"
    ):
        run.network.predict(np.zeros((2, 5)))
    with pytest.raises(fw.DataError, match="output='tulip': one of 'iris', 'lily', 'rose'"):
        run.network.input_gradient(np.zeros((2, 3)), "tulip")
    with pytest.raises(fw.DataError, match="column 0 has 3; expected the code of a category"):
        run.network.predict([3, 0, 0])


@pytest.mark.parametrize(
    ("transforms", "said"),
    [
        (
            [],
            r"inputs in row \d+ are not finite: column \d \('\w+'\) is nan",
        ),
        (
            ["standardize", "impute"],
            r"missing in column \d .*transform 'data.standardize' takes no",
        ),
        (["one_hot"], r"missing in column 4 \('length'\), and layers take no missing values"),
        (
            [{"name": "impute", "columns": ["lenth"]}],
            r"transforms\[0\].* no column 'lenth'; did you",
        ),
        ([{"name": "one_hot", "columns": ["wide"]}], r"column 1 \('wide'\) has no categories"),
        ([{"name": "impute", "columns": [7]}], r"there is no column 7; expected 0 to 2"),
    ],
)
@pytest.mark.sampled(3)
def test_transforms_that_do_not_fit_the_columns_are_one_line(tmp_path, transforms, said):
    with pytest.raises(fw.FrameworkError, match=said) as caught:
        fit(tmp_path, "run", transforms=transforms, epochs=1)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_names_in_an_npz_file_and_a_stop_on_the_way(tmp_path):
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((90, 2))
    np.savez(
        tmp_path / "mine.npz", inputs=inputs, targets=(inputs[:, 0] > 0).astype(int),
        columns=["height", "width"], class_names=["short", "tall"],
    )  # fmt: skip
    given = ("data=npz", f"data.path={tmp_path / 'mine.npz'}", "callbacks=none", "model.hidden=[3]",
             "+callbacks.weights.name=weights",
             "data.transforms=[{name: impute, columns: [width], by: median}]")  # fmt: skip
    whole = fw.train(*given, "trainer.epochs=3", directory=tmp_path / "whole")
    fw.train(*given, "trainer.epochs=2", directory=tmp_path / "run")
    resumed = fw.resume(tmp_path / "run", "trainer.epochs=3")
    final = "checkpoints/final.safetensors"
    for name, array in (whole.network.parameters() | whole.network.state()).items():
        there = resumed.network.parameters() | resumed.network.state()
        assert array.tobytes() == there[name].tobytes()
    network = fw.load(tmp_path / "run" / final)
    assert network.class_names == ("short", "tall")
    with pytest.raises(fw.DataError, match="row 0, feature 0 are missing, and no transform fills"):
        network.predict([[np.nan, 1.0]])
    network.predict([[1.0, np.nan]])
    np.savez(tmp_path / "mine.npz", inputs=inputs, targets=(inputs[:, 0] > 0).astype(int),
             columns=["height", "width"], class_names=["tall", "short"])  # fmt: skip
    with pytest.raises(fw.RunError, match=r"was trained on other data .*: names were"):
        fw.resume(tmp_path / "run", "trainer.epochs=4")
    np.savez(tmp_path / "mine.npz", inputs=inputs, targets=(inputs[:, 0] > 0).astype(int),
             columns=["height"])  # fmt: skip
    with pytest.raises(fw.DataError, match="1 columns are named, inputs have 2"):
        fw.train(*given, directory=tmp_path / "new")
