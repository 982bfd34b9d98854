"""`job=evaluate`: what is measured of a trained network, where it is left, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import framework as fw
from framework import app

S = ("model.hidden=[8]", "layer=dense_xavier", "~callbacks.pictures", "trainer.batch_size=20")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run on labels, one on values, one on sets, and their data."""
    folder = tmp_path_factory.mktemp("evaluate")
    x = np.random.default_rng(0).standard_normal((120, 3))
    np.savez(folder / "labels.npz", inputs=x, targets=np.digitize(x[:, 0], [-0.5, 0.5]))
    np.savez(folder / "values.npz", inputs=x, targets=x[:, :2] ** 2)
    np.savez(folder / "sets.npz", inputs=x, targets=(x[:, :2] > 0).astype(np.int64))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        losses = {"labels": "softmax_cross_entropy", "values": "mean_squared_error"}
        for form in ("labels", "values", "sets"):
            loss = losses.get(form, "multi_label_cross_entropy")
            data = ("data=npz", f"data.path={form}.npz", f"loss={loss}", "trainer.epochs=3")
            fw.train(*S, *data, directory=folder / form)
    return folder


@pytest.fixture
def evaluate(here, monkeypatch, capsys):
    monkeypatch.chdir(here)

    def evaluate(*arguments: str) -> tuple[int, str, str]:
        status = app.run(["job=evaluate", *arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return evaluate


def test_labels_on_the_run_s_own_test_split(here, evaluate):
    status, out, err = evaluate("run=labels")
    assert (status, err) == (0, "")
    said = json.loads((here / "labels/evaluation.json").read_text())
    summary = fw.read_summary(here / "labels/summary.json").figures
    assert said["figures"] == {k[5:]: v for k, v in summary.items() if k.startswith("test_")}
    assert f"accuracy  {said['figures']['accuracy']:.4f}" in out
    counts = np.array(said["confusion"]["counts"])
    assert counts.sum() == said["rows"] == 12
    assert counts.trace() / 12 == pytest.approx(said["figures"]["accuracy"])
    for i, row in enumerate(said["classes"]):
        assert row["rows"] == counts[i].sum()
        assert row["recall"] == pytest.approx(counts[i, i] / counts[i].sum())
    assert (here / "labels/evaluation_confusion.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.slow
def test_values_in_another_file_by_another_network(here, evaluate):
    status, out, _ = evaluate("run=values", "which=best", "input=values.npz", "output=new/folder")
    assert status == 0
    assert "r2" in out
    said = json.loads((here / "new/folder/evaluation.json").read_text())
    data = np.load(here / "values.npz")
    true, guessed = data["targets"], fw.load(here / "values", "best").predict(data["inputs"])
    for i, row in enumerate(said["columns"]):
        error = guessed[:, i].astype(np.float64) - true[:, i]
        assert row["rmse"] == pytest.approx(np.sqrt((error**2).mean()))
        assert row["r2"] == pytest.approx(1 - (error**2).mean() / true[:, i].var())
    pictures = sorted(path.name for path in (here / "new/folder").glob("*.png"))
    assert pictures == ["evaluation_predicted.png", "evaluation_residuals.png"]


def test_sets_with_a_further_metric(here, evaluate):
    status, out, _ = evaluate("run=sets", "which=last", "output=s", "+metrics.auc.name=auc")
    assert (status, "auc" in out) == (0, True)
    assert len(json.loads((here / "s/evaluation.json").read_text())["classes"]) == 2


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run=labels", "input=nowhere.npz"], "nowhere.npz: there is no such file (input)"),
        (["run=labels", "input=values.npz"], "targets have shape (120, 2); the network gives"),
        (["run=labels", "trainer.epochs=3"], "changes of data and metrics alone"),
        (["run=labels", "whch=last"], "did you mean 'which'?"),
        (["run=labels", "data.path=values.npz"], "takes labels, but values.npz gives values"),
        (["run=nowhere"], "nowhere: there is no such directory (run)"),
        (["run=values", "which=lst"], "did you mean 'last'?"),
    ],
)
def test_what_cannot_be_measured_is_one_line_and_leaves_nothing(here, evaluate, arguments, said):
    status, out, err = evaluate(*arguments, "output=nothing")
    assert (status, out) == (1, "")
    assert said in err.splitlines()[-1]
    assert not (here / "nothing").exists()
