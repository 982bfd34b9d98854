"""`data=csv` and `data=parquet`: named columns, categories, missing values, class names."""

import gzip
import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
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


@pytest.mark.slow
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
    assert network.trained_on is not None
    for asked in (table, given, fw.read_table(cells, network.trained_on.columns)):
        named = [network.class_names[label] for label in network.predict(asked)]
        assert named == ["rose", "lily"]
    with pytest.raises(fw.DataError, match="expected as many rows in each"):
        network.predict({**given, "width": [1, 2, 3]})
    _expect_jobs(tmp_path)


def _expect_jobs(folder: Path) -> None:
    """Ask the run about another table, which lacks a category and a class."""
    own = (f"run={folder / 'run'}",)
    done = framework("job=evaluate", *own, f"data.path={folder / 'other.csv'}", cwd=folder)
    assert done.returncode == 0, done.stderr
    said = json.loads((folder / "run" / "evaluation.json").read_text())
    assert [row["class"] for row in said["classes"]] == ["iris", "lily", "rose"]
    assert said["figures"]["accuracy"] > 0.9
    split = json.loads((folder / "run" / "evaluation.json").read_text())
    table = ("job=evaluate", *own, f"input={folder / 'other.csv'}", f"output={folder / 'all'}")
    done = framework(*table, cwd=folder)
    assert done.returncode == 0, done.stderr
    whole = json.loads((folder / "all" / "evaluation.json").read_text())
    assert (whole["rows"], split["rows"]) == (60, 6)
    assert [row["rows"] for row in whole["classes"]] == [30, 30, 0]
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
        ("a,b\n1,2\n", {"decimal": ",", "separator": ","}, r"decimal: both are ','"),
        ("a,b\n1,2\n", {"encoding": "utf8x"}, r"data\.encoding: 'utf8x' is none that is known"),
        ("a,b\n1_000,2\n2,3\n3,4\n", {}, "column 'a' has '1_000'"),
        ("a;b\n1 234;2\n2 345;3\n", {}, "column 'a' has '1 234' in row 0, a mark between thou"),
        ("a;b\n1.234.567;2\n2.345.678;3\n", {}, "a mark between thousands"),
        ("a;b\n12 %;2\n5%;3\n", {}, "'12 %' in row 0, a number with a sign beside it"),
        ("a,b\n2020-01-31,2\n2020-02-01,3\n", {}, r"a date; .* data\.ignore=\[a\] to leave it"),
        (",a,b\n0,1,2\n1,2,3\n", {}, r"a column without a name, .* data\.ignore=\[''\]"),
        ("a,,,b\n0,1,2,3\n", {}, "columns without a name in its first line"),
        ("a,b\n1,2\n,\n3,4\n", {}, "the target 'b' is missing in row 1"),
        ("a,b\n1,2\n3,4,5\n", {}, "line 3 has 3 cells, the first has 2"),
        (b"\x1f\x8b\x08\0", {}, "cannot be unpacked"),
        (b"PK\x03\x04\0\1", {}, r"a spreadsheet \(.xlsx, .ods\); expected it saved as CSV"),
        (b"PAR1\0\0", {}, r"is a Parquet file.*data=parquet"),
        ("a,b\n1,2\n".encode("utf-16-le"), {}, r"bytes of 0; data\.encoding says .* utf-16-le"),
        ("a,b\n1,x\n2,'z\n".encode("cp037"), {}, "is no text in UTF-8"),
        ('a,b\n1,x\n1,\n2,"x\ny"\n', {"targets": "values"}, r"has texts, as 'x'"),
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


ODD: dict[str, tuple[Any, dict[str, Any]]] = {
    "Excel, in Europe": ("a;b;t\r\n1,5;2;x\r\n-0,5;3e2;y\r\n", {"decimal": ","}),
    "in UTF-16": ("a\tb\tt\r\n1.5\t2\tx\r\n-.5\t300\ty\r\n".encode("utf-16"), {}),
    "in Latin-1": ("a,b,ü\n1.5,2,x\n-.5,300,y\n".encode("latin-1"), {"encoding": "latin-1"}),
    "packed": (gzip.compress(b"a,b,t\n1.5,2,x\n-.5,300,y\n"), {}),
    "an index": (",a,b,t\n0,1.5,2,x\n1,-.5,300,y\n", {"ignore": ("",)}),
    "empty columns and lines": ("a,b,t,,\n1.5,2,x,,\n\n-.5,300,y,,\n,,,,\n,,,,\n\n", {}),
    "the separator said": ("sep=|\na|b|t\n1.5|2|x\n-.5|300|y\n", {}),
    "quoted": ('\n"a","b,\nin ;;;cm","t"\n"1.5","2","x"\n"-.5"," 300 ","y"\n', {}),
    "a name with a line break": ('a,b,t\n1.5,2,"x\nz"\n-.5,300,y\n', {}),
    "dates left out": ("a,d,b,t\n1.5,2020-01-31,2,x\n-.5,n/a?,300,y\n", {"ignore": ("d",)}),
}


@pytest.mark.parametrize("name", ODD)
def test_files_of_spreadsheets_and_others(registry, tmp_path, name):
    content, settings = ODD[name]
    path = tmp_path / "odd.csv"
    rows = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(rows)
    table = registry.entry("dataset", "csv").component(path=str(path), **settings)
    data = table.load_whole(path)
    data.check()
    np.testing.assert_array_equal(data.test.inputs, [[1.5, 2], [-0.5, 300]])
    assert data.class_names in (("x", "y"), ("x\nz", "y"))


def test_codes_that_are_taken_as_numbers_are_said(tmp_path, caplog):
    given = ("data=csv", f"data.path={flowers(tmp_path / 'f.csv')}", "callbacks=none")
    transforms = "data.transforms=[impute]"
    fw.train(*given, transforms, "trainer.epochs=1", directory=tmp_path / "run")
    assert "the codes of categories are taken as numbers, in colour; a transform" in caplog.text


def test_no_file_is_one_line(registry, tmp_path):
    for kind in ("csv", "parquet"):
        with pytest.raises(fw.DataError, match="there is no such file"):
            load(registry, kind, path=tmp_path / "none")


ARROW_TYPES: dict[str, tuple[Callable[[Any], Any], list[Any], tuple[str, ...]]] = {
    "ints": (lambda pa: pa.array([1, None, 3], pa.int64()), [1, np.nan, 3], ()),
    "small ints": (lambda pa: pa.array([1, 2, 3], pa.uint8()), [1, 2, 3], ()),
    "halves": (lambda pa: pa.array(np.array([1, 2, 3], np.float16)), [1, 2, 3], ()),
    "booleans": (lambda pa: pa.array([True, None, False]), [1, np.nan, 0], ()),
    "decimals": (lambda pa: pa.array([Decimal("1.5"), None, Decimal(2)]), [1.5, np.nan, 2], ()),
    "nothing": (lambda pa: pa.nulls(3), [np.nan] * 3, ()),
    "texts": (lambda pa: pa.array(["u", None, "v"]), [0, np.nan, 1], ("u", "v")),
    "large": (lambda pa: pa.array(["u", None, "v"], pa.large_string()), [0, np.nan, 1], ("u", "v")),
    "views": (lambda pa: pa.array(["u", None, "v"], pa.string_view()), [0, np.nan, 1], ("u", "v")),
    "dictionary": (
        lambda pa: pa.array(["v", None, "u"]).dictionary_encode(),
        [1, np.nan, 0],
        ("u", "v"),
    ),
    "pandas' categories": (
        lambda pa: pa.array(import_module("pandas").Categorical([20, 10, 20])),
        [20, 10, 20],
        (),
    ),
}


@pytest.mark.parametrize("name", ARROW_TYPES)
def test_types_of_parquet(registry, tmp_path, name):
    pa, pq = (pytest.importorskip(module) for module in ("pyarrow", "pyarrow.parquet"))
    if name == "pandas' categories":
        pytest.importorskip("pandas")
    make, numbers, categories = ARROW_TYPES[name]
    table = pa.table({"x": make(pa), "t": pa.array(["a", "b", "a"], pa.large_string())})
    pq.write_table(table, tmp_path / "t.parquet")
    parquet: Any = registry.entry("dataset", "parquet").component
    data = parquet(path=str(tmp_path / "t.parquet")).load_whole(tmp_path / "t.parquet")
    np.testing.assert_array_equal(data.test.inputs.ravel(), numbers)
    assert (data.columns.categories, data.class_names) == ((categories,), ("a", "b"))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda pa: pa.array([date(2020, 1, 1)] * 3), "column 'x' has date32.*or its parts"),
        (lambda pa: pa.array([datetime(2020, 1, 1)] * 3), "column 'x' has timestamp"),
        (lambda pa: pa.array([[1], [2], [3]]), "column 'x' has list<.*; expected numbers, bool"),
        (lambda pa: pa.array([b"1", b"2", b"3"]), "column 'x' has binary; expected numbers"),
    ],
)
def test_types_of_parquet_that_are_no_numbers_are_one_line(registry, tmp_path, make, said):
    pa, pq = (pytest.importorskip(module) for module in ("pyarrow", "pyarrow.parquet"))
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"x": make(pa), "y": [1, 2, 3], "t": [0, 1, 0]}), path)
    with pytest.raises(fw.DataError, match=said) as caught:
        load(registry, "parquet", path=path)
    assert "\n" not in str(caught.value)
    with pytest.raises(fw.DataError, match="3 rows are too few"):  # what is left out is not read
        load(registry, "parquet", path=path, ignore=("x",), validation=0.5, test=0.4)


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


@pytest.mark.slow
def test_a_table_is_measured_whole_by_its_names(tmp_path):
    """Classes that are numbers keep them; values may be whole; a missing target is a line."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 2))
    lines = [f"{a:.4f},{b:.4f},{2 * int(a > 0) + int(b > 0)}" for a, b in x]
    (tmp_path / "d.csv").write_text("\n".join(["a,b,t", *lines]))
    small = (
        *("model.hidden=[8]", "layer=dense_xavier", "callbacks=none", "trainer.epochs=5"),
        *("+callbacks.weights.name=weights", "data=csv", f"data.path={tmp_path}/d.csv"),
    )
    fw.train(*small, directory=tmp_path / "labels")
    values = ("data.targets=values", "loss=mean_squared_error")
    fw.train(*small, *values, directory=tmp_path / "values")
    some = [f"{'x'},{t},{b},{a}" for a, b, t in (line.split(",") for line in lines) if t in "03"]
    (tmp_path / "some.csv").write_text("\n".join(["id,t,b,a", *some]))
    (tmp_path / "named.csv").write_text("\n".join(["t,b,a", *(s[2:] for s in some)]))
    (tmp_path / "other.csv").write_text("t,b,a\n7,1,1\n0,2,2\n")
    (tmp_path / "none.csv").write_text("b,a\n1,1\n2,2\n")
    for run in ("labels", "values"):
        at = ("job=evaluate", f"run={tmp_path / run}", f"output={tmp_path / 'm'}")
        for name, more in (("some", ["data.target=t"]), ("named", [])):
            done = framework(*at, f"input={tmp_path}/{name}.csv", *more, cwd=tmp_path)
            assert done.returncode == 0, done.stderr
        said = json.loads((tmp_path / "m/evaluation.json").read_text())
        assert said["rows"] == len(some)
        if run == "labels":
            ends = sum(line.endswith(end) for line in lines for end in (",0", ",3"))
            assert [row["rows"] > 0 for row in said["classes"]] == [True, False, False, True]
            assert sum(row["rows"] for row in said["classes"]) == ends
    first = [line for line in some if line.split(",")[1] == "0"]
    first += [line.replace(",3,", ",1,") for line in some if line.split(",")[1] == "3"]
    (tmp_path / "few.csv").write_text("\n".join(["id,t,b,a", *first]))
    at = ("job=evaluate", f"run={tmp_path / 'labels'}", f"input={tmp_path}/few.csv")
    done = framework(*at, "data.target=t", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (tmp_path / "gap.csv").write_text("t,b,a\n0,1,1\n1,nan,2\n")
    for name, line in (
        ("gap", "gap.csv: inputs in row 1 are not finite: column 1 ('b') is nan"),
        ("some", "has 2 columns beside the inputs (id, t); data.target=… says"),
        ("none", "has 0 columns beside the inputs (none)"),
        ("other", "column 'targets' has '7', which training did not"),
    ):
        at = ("job=evaluate", f"run={tmp_path / 'labels'}", f"input={tmp_path}/{name}.csv")
        done = framework(*at, cwd=tmp_path)
        assert done.returncode == 1
        assert line in done.stderr
