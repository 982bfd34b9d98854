"""`job=predict`: every kind of input and output gives the same answers, or one line and no file."""

from __future__ import annotations

import csv
import io
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import framework as fw
from framework import app

PIL = pytest.importorskip("PIL.Image")
S = ("layer=dense_xavier", "~callbacks.pictures", "trainer.batch_size=20", "trainer.epochs=2")
X = np.random.default_rng(1).standard_normal((5000, 3))


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run on labels, one on values and one on pictures, and samples in files."""
    folder = tmp_path_factory.mktemp("predict")
    rng = np.random.default_rng(0)
    x = rng.standard_normal((120, 3))
    np.savez(folder / "d.npz", inputs=x, targets=np.digitize(x[:, 0], [-0.5, 0.5]))
    np.savez(folder / "v.npz", inputs=x, targets=x[:, :2] ** 2)
    pictures = rng.integers(0, 256, (120, 28, 28)).astype(np.uint8)
    pictures[:, [0, -1]] = pictures[:, :, [0, -1]] = 0  # dark around, as digits are
    np.savez(folder / "p.npz", inputs=pictures, targets=np.arange(120) % 4)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        hidden = "model.hidden=[8]"
        fw.train(*S, hidden, "data=npz", "data.path=d.npz", directory="labels")
        fw.train(
            *(*S, hidden, "data=npz", "data.path=v.npz", "loss=mean_squared_error"),
            directory="values",
        )
        digits = ("data=npz_images", "data.path=p.npz", "data.preparation=mnist")
        fw.train(*S, hidden, *digits, directory="digits")
    np.save(folder / "x.npy", X)
    np.savez_compressed(folder / "x.npz", inputs=X)
    np.savez(folder / "columns.npz", inputs=np.asfortranarray(X))
    for name, header, order in (("x", "a,b,c", [0, 1, 2]), ("mixed", "c;a;b;id", [2, 0, 1, 0])):
        mark = ";" if ";" in header else ","
        lines = [mark.join(map(repr, map(float, row[order]))) for row in X]
        (folder / f"{name}.csv").write_text("\n".join([header, *lines]) + "\n")
    return folder


@pytest.fixture
def predict(here, monkeypatch, capsys):
    monkeypatch.chdir(here)

    def predict(*arguments: str) -> tuple[int, str, str]:
        status = app.run(["job=predict", *arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return predict


def rows(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "arguments",
    [
        ["input=x.csv"],
        ["input=x.npy"],
        ["input=x.npz"],
        ["input=columns.npz"],
        ["input=mixed.csv", "columns=[a,b,c]"],
        ["input=-"],
    ],
    ids=lambda a: a[0],
)
def test_rows_are_predicted_as_from_python(here, predict, monkeypatch, arguments):
    standard = io.TextIOWrapper(io.BytesIO((here / "x.csv").read_bytes()))
    monkeypatch.setattr(sys, "stdin", standard)
    status, out, err = predict("run=labels", *arguments, "output=made/p.csv")
    assert (status, err) == (0, "")
    assert "5,000 rows" in out
    network, made = fw.load(here / "labels"), rows(here / "made/p.csv")
    assert list(made[0]) == ["row", "decision", *(f"probability_{i}" for i in range(3))]
    assert [int(row["row"]) for row in made] == list(range(5000))
    np.testing.assert_array_equal([int(r["decision"]) for r in made], network.predict(X))
    p = np.array([[float(r[f"probability_{i}"]) for i in range(3)] for r in made])
    np.testing.assert_allclose(p, network.probabilities(X), rtol=1e-6)


def test_values_in_an_npz(here, predict):
    status, _, _ = predict("run=values", "input=x.npy", "output=v_out.npz")
    assert status == 0
    with np.load(here / "v_out.npz") as made:
        np.testing.assert_array_equal(made["decisions"], fw.load(here / "values").predict(X))
        np.testing.assert_array_equal(made["rows"], np.arange(5000))


def test_parquet(here, predict):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(arrow.table({"b": X[:, 1], "a": X[:, 0], "c": X[:, 2]}), here / "x.parquet")
    named = ("columns=[a,b,c]", "output=p.parquet")
    assert predict("run=labels", "input=x.parquet", *named)[0] == 0
    made = parquet.read_table(here / "p.parquet")
    np.testing.assert_array_equal(
        made["decision"].to_numpy().astype(int), fw.load(here / "labels").predict(X)
    )


def test_output_on_the_screen(predict):
    status, out, _ = predict("run=values", "input=x.csv", "output=-")
    lines = out.splitlines()
    assert (status, lines[0], len(lines)) == (0, "row,value_0,value_1", 5001)


def test_pictures(here, predict):
    pictures = np.load(here / "p.npz")["inputs"][:3]
    (here / "own").mkdir()
    for i, pixels in enumerate(pictures):
        PIL.fromarray(pixels).save(here / f"own/{i}.png")
    assert predict("run=digits", "input=own", "output=f.csv")[0] == 0
    made = rows(here / "f.csv")
    assert [r["file"] for r in made] == [f"own/{i}.png" for i in range(3)]
    said = fw.load(here / "digits").predict(pictures.reshape(3, -1))
    assert [int(r["decision"]) for r in made] == said.tolist()
    assert (here / "f_seen.png").read_bytes()[:4] == b"\x89PNG"
    assert predict("run=digits", "input=[own/2.png,own/0.png]", "output=f.csv")[0] == 0
    assert [r["decision"] for r in rows(here / "f.csv")] == [
        made[2]["decision"],
        made[0]["decision"],
    ]


def test_a_digit_becomes_what_mnist_s_are(here, predict):
    """The same stroke on white, on black, in a shadow: ink is bright, 20 pixels, centred."""
    prepare_digit = import_module("framework.plugins.using.mnist_digits").prepare_digit
    stroke = np.zeros((300, 200))
    stroke[60:260, 30:60] = 1
    stroke[230:260, 30:110] = 1
    shadow = np.linspace(120, 240, 200)[None] * np.ones((300, 1))
    samples = [
        prepare_digit(picture.astype(np.uint8))
        for picture in (
            255 - 255 * stroke,
            255 * stroke,
            shadow * (1 - 0.8 * stroke),
            np.pad(220 - 180 * stroke, 40, constant_values=220),
        )
    ]
    for sample in samples:
        assert (str(sample.dtype), sample.shape) == ("uint8", (28, 28))
        assert int(np.ptp(np.nonzero(sample > 60)[0])) + 1 == 20
        mass = sample.astype(float)
        for axis in (0, 1):
            along = mass.sum(axis=1 - axis)
            assert abs((along * np.arange(28)).sum() / along.sum() - 13.5) <= 0.75
        assert np.abs(mass - samples[0]).mean() < 4
    with pytest.raises(ValueError, match="shows no digit"):
        prepare_digit(np.full((50, 50), 200, np.uint8))
    PIL.fromarray((255 - 255 * stroke).astype(np.uint8)).save(here / "digit.jpg")
    done = predict("run=digits", "input=digit.jpg", "preparation=mnist", "output=d.csv")
    assert done[0] == 0, done
    said = (here / "d.csv").read_text()
    status, out, _ = predict("run=digits", "input=digit.jpg", "output=d.csv")
    assert (status, (here / "d.csv").read_text()) == (0, said)  # what the run's data say
    assert "preparation=mnist, as the run's data say, but for pictures as large" in out
    status, _, err = predict("run=digits", "input=digit.jpg", "preparation=none", "output=d.csv")
    assert status == 1
    assert "the network takes 28 x 28" in err


BAD = {
    "empty.csv": "",
    "names.csv": "a,b,c\n",
    "word.csv": "a,b,c\n1,2,3\n1,two,3\n",
    "gap.csv": "a,b,c\n1,,3\n",
    "nan.csv": "a,b,c\n1,2,3\n1,nan,3\n",
    "short.csv": "a,b,c\n1,2,3\n1,2\n",
    "two.csv": "a,b\n1,2\n",
    "quote.csv": 'a,b,c\n1,"2,3\n',
    "no.png": "no picture",
    "no.npy": "no array",
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["input=nowhere.csv"], "nowhere.csv: there is no such file (input)"),
        (["input=empty.csv"], "empty.csv: is empty; expected rows of 3 numbers"),
        (["input=names.csv"], "names.csv: has no rows"),
        (["input=word.csv"], "word.csv: line 3, column 'b' has 'two'; expected a number"),
        (["input=gap.csv"], "gap.csv: line 2, column 'b' is empty; expected a number"),
        (["input=nan.csv"], "nan.csv: row 1, feature 'b' is nan; expected finite numbers"),
        (["input=short.csv"], "short.csv: line 3 has 2 cells, the first has 3"),
        (["input=two.csv"], "two.csv: has 2 columns (a, b); the network takes 3 features"),
        (["input=quote.csv"], "quote.csv: line 2 is no CSV"),
        (["input=x.csv", "columns=[a,b,d]"], "x.csv: has no column 'd'"),
        (["input=p.npz"], "has shape (120, 28, 28); the network takes (rows, 3)"),
        (["input=no.npy"], "no.npy: is not a readable .npy file"),
        (["input=no.png"], "no square pictures"),
        (["input=no.png", "run=digits"], "no.png: is no readable PNG or JPEG"),
        (["input=x.xls"], "ends in '.xls'"),
        (["input=x.csv", "output=p.cvs"], "did you mean '.csv'?"),
        (["input=x.csv", "preparation=mnist"], "is for pictures"),
        (["input=x.csv", "run=nowhere"], "nowhere: there is no such run or file"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_leaves_no_file(here, predict, arguments, said):
    for name, content in BAD.items():
        (here / name).write_text(content)
    (here / "x.xls").touch()
    run = [] if any(a.startswith("run=") for a in arguments) else ["run=labels"]
    output = [] if any(a.startswith("output=") for a in arguments) else ["output=none/p.csv"]
    before = {path for path in here.rglob("*") if path.is_file()}
    status, out, err = predict(*run, *arguments, *output)
    assert (status, out) == (1, "")
    assert err.count("\n") == 1
    assert said in err
    assert {path for path in here.rglob("*") if path.is_file()} == before
