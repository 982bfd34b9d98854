"""`data=csv` and `data=parquet`: named columns, categories, missing values, class names."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import framework as fw
from tests.end_to_end.command import framework
from tests.end_to_end.test_answers import Frame

FLOWERS = """\ufeffid;colour;length;"wide, in cm";kind
1;red;5.1;2;rose
2;blue;NA;3;iris
3;;4.0;?;lily
"""


def flowers(path: Path, rows: int = 90) -> Path:
    rng = np.random.default_rng(0)
    lines = ["id,colour,length,width,kind"]
    for i in range(rows):
        colour = ("red", "blue", "white")[i % 3]
        kind = {"red": "rose", "blue": "iris", "white": "lily"}[colour]
        length = "" if i % 10 == 0 else f"{rng.normal(5, 1):.3f}"
        lines.append(f"{i},{colour},{length},{rng.integers(1, 4)},{kind}")
    path.write_text("\n".join(lines) + "\n")
    return path


def load(registry, kind: str = "csv", seed: int = 0, **fields: Any) -> fw.Data:
    fields = {name: str(v) if isinstance(v, Path) else v for name, v in fields.items()}
    dataset: Any = registry.entry("dataset", kind).component(**fields)
    data: fw.Data = dataset.load(np.random.default_rng(seed))
    return data


def test_a_table_is_read_by_the_names_of_its_columns(registry, tmp_path):
    path = tmp_path / "flowers.csv"
    path.write_text(FLOWERS)
    data = load(registry, path=path, ignore=("id",), validation=0.3, test=0.3, split="last")
    assert data.columns.names == ("colour", "length", "wide, in cm")
    assert data.columns.categories == (("blue", "red"), (), ())
    assert data.class_names == ("iris", "lily", "rose")
    inputs = np.concatenate([split.inputs for split in data.splits().values()])
    np.testing.assert_array_equal(inputs, [[1, 5.1, 2], [0, np.nan, 3], [np.nan, 4, np.nan]])
    assert [split.targets.tolist() for split in data.splits().values()] == [[2], [0], [1]]


def test_rows_are_held_out_at_random_each_class_in_proportion(registry, tmp_path):
    path = flowers(tmp_path / "f.csv")
    data = load(registry, path=path, validation=0.2, test=0.2)
    counts = [np.bincount(s.targets, minlength=3).tolist() for s in data.splits().values()]
    assert counts == [[18, 18, 18], [6, 6, 6], [6, 6, 6]]
    again = load(registry, path=path, validation=0.2, test=0.2)
    np.testing.assert_array_equal(data.test.inputs, again.test.inputs)
    other = load(registry, path=path, validation=0.2, test=0.2, seed=1)
    assert not np.array_equal(data.test.inputs, other.test.inputs)


@pytest.mark.parametrize(
    ("column", "settings", "names", "kind"),
    [
        (["3", "5", "3", "9"], {}, ("3", "5", "9"), "labels"),
        (["0", "1", "2", "1"], {}, (), "labels"),
        (["0", "1", "2", "1"], {"targets": "values"}, (), "values"),
        (["0.5", "1", "2", "1"], {}, (), "values"),
        (["no", "yes", "no", "yes"], {}, ("no", "yes"), "labels"),
        (["10", "2", "2", "10"], {"categories": ("a",)}, ("2", "10"), "labels"),
    ],
)
def test_what_targets_are(registry, tmp_path, column, settings, names, kind):
    path = tmp_path / "t.csv"
    rows = [f"{i},{value}" for i, value in enumerate(column * 5)]
    path.write_text("\n".join(["a,t", *rows]))
    data = load(registry, path=path, **settings)
    assert (data.class_names, data.target_kind) == (names, kind)
    assert bool(data.columns.categories[0]) == ("categories" in settings)


def test_a_table_is_trained_on_and_asked_again_by_its_names(tmp_path, caplog):
    caplog.set_level("INFO", "framework")
    path = flowers(tmp_path / "f.csv")
    trained = fw.train(
        *("data=csv", f"data.path={path}", "data.target=kind", "data.ignore=[id]"),
        *("data.transforms=[one_hot,impute,standardize]", "model.hidden=[8]", "trainer.epochs=10"),
        *("layer=dense_xavier", "layer.update_rule.learning_rate=0.1", "trainer.batch_size=8"),
        *("callbacks=none", "+callbacks.weights.name=weights"),
        directory=tmp_path / "run",
    )
    assert trained.summary["figures"]["test_accuracy"] > 0.9
    counts = "rows of each class (train/validation/test): iris 24/3/3, lily 24/3/3, rose"
    assert counts in caplog.text
    lacking = [line for line in path.read_text().splitlines() if "red" not in line]
    (tmp_path / "other.csv").write_text("\n".join(lacking) + "\n")
    path.unlink()
    network = fw.load(tmp_path / "run")
    given = {"colour": ["red", "white"], "length": [None, 5.0], "width": [2, 3]}

    cells = {name: np.array(column, dtype=object) for name, column in given.items()}
    table: Any = Frame(**cells)
    assert [network.class_names[label] for label in network.predict(table)] == ["rose", "lily"]
    _expect_jobs(tmp_path)


def _expect_jobs(folder: Path) -> None:
    """Ask the run about another table, which lacks a category and a class."""
    own = (f"run={folder / 'run'}",)
    done = framework("job=evaluate", *own, f"data.path={folder / 'other.csv'}", cwd=folder)
    assert done.returncode == 0, done.stderr
    said = json.loads((folder / "run" / "evaluation.json").read_text())
    assert [row["class"] for row in said["classes"]] == ["iris", "lily", "rose"]
    assert said["figures"]["accuracy"] > 0.9
    (folder / "ask.csv").write_text("width,colour,length\n2,red,\n3,white,5.0\n")
    asked = ("job=predict", *own, f"input={folder / 'ask.csv'}", f"output={folder / 'said.csv'}")
    done = framework(*asked, cwd=folder)
    assert done.returncode == 0, done.stderr
    lines = (folder / "said.csv").read_text().splitlines()
    assert [line.split(",")[1] for line in lines] == ["decision", "rose", "lily"]
    assert "iris" in lines[0]
    (folder / "ask.csv").write_text("width,colour,length\n2,rde,\n")
    done = framework(*asked, cwd=folder)
    assert done.returncode == 1
    assert "line 2, column 'colour' has 'rde'; did you mean 'red'" in done.stderr


@pytest.mark.parametrize(
    ("content", "settings", "said"),
    [
        ("", {}, "is empty; expected a line of names"),
        ("a,b\n", {}, "has a line of names and no rows"),
        ("1,2\n3,4\n", {}, "first line has numbers, 1, 2; expected the columns' names"),
        ("a,a\n1,2\n", {}, "has two columns 'a' in its first line"),
        ("a,b\n1,2\n1,2,3\n", {}, "line 3 has 3 cells, the first has 2"),
        ('a,b\n1,"2\n', {}, "line 2 is no CSV: unexpected end of data"),
        ("a,b\n1,2\n1,\n", {}, "the target 'b' is missing in row 1"),
        ("a,b\n1,2\n1,3\nx,2\n", {}, "column 'a' has 'x' in row 2, and numbers in most others"),
        (
            "a;b\n1,5;x\n2,5;y\n",
            {},
            "column 'a' has '1,5' in row 0, a decimal comma; expected points",
        ),
        ("a,b\n1,2\n", {"target": "c"}, r"data\.target: .* has no column 'c'; one of 'a', 'b'"),
        ("a,b\n1,2\n", {"columns": ("bb",)}, r"data\.columns: .* no column 'bb'; did you mean 'b'"),
        ("a,b\n1,2\n", {"columns": ("b",)}, r"data\.columns: 'b' is the target, too"),
        ("a,b\n1,2\n", {"target": ("a", "b")}, "has no column beside its target"),
        ("a,b\n1,2\n", {"separator": "::"}, r"data\.separator: expected one character"),
        (b"a,b\n\xff\xfe,2\n", {}, "is no text in UTF-8"),
        (
            "a,b\n" + "\n".join(f"1,{i}" for i in range(300)),
            {},
            "300 different integers in 300 rows",
        ),
    ],
)
def test_a_file_that_is_not_right_is_one_line(registry, tmp_path, content, settings, said):
    path = tmp_path / "bad.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(fw.DataError, match=said) as caught:
        load(registry, path=path, **settings)
    assert "\n" not in str(caught.value)


def test_codes_that_are_taken_as_numbers_are_said(tmp_path, caplog):
    given = ("data=csv", f"data.path={flowers(tmp_path / 'f.csv')}", "callbacks=none")
    transforms = "data.transforms=[impute]"
    fw.train(*given, transforms, "trainer.epochs=1", directory=tmp_path / "run")
    assert "the codes of categories are taken as numbers, in colour; a transform" in caplog.text


def test_no_file_is_one_line(registry, tmp_path):
    for kind in ("csv", "parquet"):
        with pytest.raises(fw.DataError, match="there is no such file"):
            load(registry, kind, path=tmp_path / "none")


def test_a_parquet_file_is_read_as_the_same_table(registry, tmp_path):
    pytest.importorskip("pyarrow.parquet")
    arrow = import_module("pyarrow")

    from_csv = load(registry, path=flowers(tmp_path / "f.csv"), ignore=("id",))
    names = ("colour", "length", "width", "kind")
    lines = [line.split(",")[1:] for line in (tmp_path / "f.csv").read_text().splitlines()[1:]]
    cells = dict(zip(names, zip(*lines, strict=True), strict=True))
    table = {
        "colour": list(cells["colour"]),
        "length": [float(c) if c else None for c in cells["length"]],
        "width": [int(c) for c in cells["width"]],
        "kind": list(cells["kind"]),
    }
    arrow.parquet.write_table(arrow.table(table), tmp_path / "f.parquet")
    data = load(registry, "parquet", path=tmp_path / "f.parquet", target="kind")
    assert (data.columns, data.class_names) == (from_csv.columns, from_csv.class_names)
    for name, split in data.splits().items():
        np.testing.assert_array_equal(split.inputs, from_csv.splits()[name].inputs)
        np.testing.assert_array_equal(split.targets, from_csv.splits()[name].targets)
    (tmp_path / "f.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(fw.DataError, match="is not a readable Parquet file"):
        load(registry, "parquet", path=tmp_path / "f.parquet")
