"""What a run and a sweep leave behind."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import framework as fw
from tests.end_to_end.command import QUICK, framework, only_run, process

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def directory(tmp_path_factory) -> Path:
    cwd = tmp_path_factory.mktemp("run")
    (cwd / "conf").mkdir()  # folders of these names must not stand in the way
    (cwd / "plugins").mkdir()
    done = process("data=spirals", "trainer.epochs=3", "layer=dense_xavier", cwd=cwd)
    assert done.returncode == 0, done.stderr
    return only_run(cwd)


def test_leaves_a_complete_directory(directory):
    found = {p.relative_to(directory).as_posix() for p in directory.rglob("*") if p.is_file()}
    assert found == {
        ".hydra/config.yaml",
        ".hydra/hydra.yaml",
        ".hydra/overrides.yaml",
        "accuracy.png",
        "checkpoints/final.safetensors",
        "checkpoints/step-000000186.safetensors",
        "checkpoints/step-000000279.safetensors",
        "confusion.png",
        "loss.png",
        "losses.npy",
        "metrics.csv",
        "run.log",
        "samples.png",
        "summary.json",
    }
    for picture in directory.glob("*.png"):
        assert picture.read_bytes().startswith(PNG)
        assert picture.stat().st_size > 5000


def test_metrics_have_a_row_an_epoch(directory):
    with (directory / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert {"train_accuracy", "validation_accuracy", "train_loss", "batch_loss"} <= set(rows[0])
    summary = json.loads((directory / "summary.json").read_text())
    last = float(rows[-1]["validation_accuracy"])
    assert summary["figures"]["validation_accuracy"] == last


def test_every_step_has_its_loss(directory):
    losses = np.load(directory / "losses.npy", allow_pickle=False)
    assert losses.shape == (3 * (3000 // 32),)
    assert losses.dtype == np.float32
    assert losses[-50:].mean() < losses[:50].mean()


def test_summary_says_what_ran(directory):
    summary = json.loads((directory / "summary.json").read_text())
    assert summary["seed"] == 0
    assert summary["epochs"] == 3
    assert summary["score"]["name"] == "validation_accuracy"
    assert summary["components"]["update_rule sgd"].startswith("mlp-framework==")
    assert summary["versions"]["numpy"] == np.__version__
    assert summary["machine"]["threads"] == 1
    assert "test_accuracy" in summary["figures"]


def test_log_describes_network_and_epochs(directory):
    log = (directory / "run.log").read_text()
    for words in ("hidden_1", "xavier_normal", "20,200", "epoch 3/3", "test_accuracy"):
        assert words in log


def test_same_configuration_same_bytes(directory, tmp_path):
    framework("data=spirals", "trainer.epochs=3", "layer=dense_xavier", cwd=tmp_path)
    for name in ("losses.npy", "checkpoints/final.safetensors"):
        assert (directory / name).read_bytes() == (only_run(tmp_path) / name).read_bytes()


@pytest.mark.slow
def test_runs_of_the_same_second_share_nothing(tmp_path):
    place = "hydra.run.dir='${new_directory:same}'"
    for _ in range(3):
        assert framework(*QUICK, "callbacks=none", place, cwd=tmp_path).returncode == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["same", "same_1", "same_2"]


def test_sweep_ends_with_a_leaderboard(tmp_path):
    done = framework(
        "-m",
        "data=spirals",
        "trainer.epochs=1",
        "layer=dense,dense_xavier",
        "seed=0,1",
        "~callbacks.pictures",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    (sweep,) = tmp_path.glob("outputs/multirun/*/*")
    assert sorted(p.name for p in sweep.iterdir()) == [
        "0",
        "1",
        "2",
        "3",
        "comparison.png",
        "leaderboard.csv",
        "leaderboard.png",
        "leaderboard_seeds.csv",
        "ledger",
        "multirun.yaml",
    ]
    with (sweep / "leaderboard.csv").open() as file:
        rows = list(csv.DictReader(file))
    scores = [float(row["validation_accuracy"]) for row in rows]
    assert scores == sorted(scores, reverse=True)
    assert {row["overrides"] for row in rows} == {
        f"layer={layer} seed={seed}" for layer in ("dense", "dense_xavier") for seed in (0, 1)
    }
    assert "rank" in done.stderr
    assert (sweep / "leaderboard.png").read_bytes().startswith(PNG)


@pytest.mark.slow
def test_glob_reaches_the_experiments(tmp_path):
    done = framework(
        "-m",
        "experiment=glob(reference/*)",
        "data=spirals",
        "trainer.epochs=1",
        "callbacks=none",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.rglob("summary.json"))) == 7
    (sweep,) = tmp_path.glob("outputs/multirun/*/*")
    compared = framework("job=compare", f"run_directory={sweep}", cwd=tmp_path)
    assert compared.returncode == 0, compared.stderr
    assert "reference/wide_l2" in compared.stdout
    assert "0.95760" in compared.stdout
    assert len(compared.stdout.strip().splitlines()) == 8


def test_regression_runs_too(tmp_path):
    x = np.random.default_rng(0).uniform(-2, 2, (2000, 1))
    np.savez(tmp_path / "sine.npz", inputs=x, targets=np.sin(x))
    done = framework(
        "data=npz",
        "data.path=sine.npz",
        "loss=mean_squared_error",
        "layer=dense_xavier",
        "model.activation=tanh",
        "trainer.epochs=20",
        "~callbacks.pictures",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads((only_run(tmp_path) / "summary.json").read_text())
    assert summary["score"] == {
        "name": "validation_loss",
        "value": summary["figures"]["validation_loss"],
        "higher_is_better": False,
    }
    assert summary["figures"]["validation_loss"] < 0.01


def test_python_says_the_same_as_the_command_line(tmp_path, monkeypatch, directory):
    monkeypatch.chdir(tmp_path)
    run = fw.train("data=spirals", "trainer.epochs=3", "layer=dense_xavier", "~callbacks.pictures")
    np.testing.assert_array_equal(run.losses, np.load(directory / "losses.npy"))
    assert run.directory.is_dir()
    assert len(run.metrics) == 3
    predicted = run.network.predict(run.data.test.inputs)
    accuracy = float((predicted == run.data.test.targets).mean())
    assert accuracy == run.summary["figures"]["test_accuracy"]


def test_python_raises_the_same_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(fw.FrameworkError, match="did you mean 'epochs'"):
        fw.train("data=spirals", "trainer.epoch=3")
    with pytest.raises(fw.FrameworkError, match="must be at least 1"):
        fw.train("data=spirals", "trainer.epochs=-3")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["model=mlp_xavier"], "xavier_normal"),
        (["model=mlp_xavier", "layer=dense"], "small_normal"),
        (["model=mlp_xavier", "layer/initializer=he_normal"], "he_normal"),
        (["experiment=reference/rmsprop", "layer=dense"], "sgd(learning_rate=0.1)"),
        (["experiment=reference/rmsprop", "layer/update_rule=sgd"], "sgd(learning_rate=0.1)"),
        (
            ["experiment=reference/wide_l2", "layer/update_rule=rmsprop"],
            "rmsprop(learning_rate=0.0001",
        ),
        (["+layer@model.variants.output=dense_rmsprop"], "rmsprop(learning_rate=0.0001"),
        (["layer.update_rule=null"], "frozen"),
    ],
)
@pytest.mark.sampled(2)
def test_the_command_line_wins(tmp_path, overrides, said):
    done = framework(
        "data=spirals",
        "model.hidden=[4]",
        "trainer.epochs=1",
        *overrides,
        "~callbacks.pictures",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    (row,) = [line for line in done.stderr.splitlines() if line.startswith("output ")]
    assert said in row


@pytest.mark.slow
def test_an_incomplete_last_batch_can_be_kept(tmp_path):
    done = framework(
        *QUICK, "data.points=70", "trainer.drop_last=false", "~callbacks.pictures", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert np.load(only_run(tmp_path) / "losses.npy").shape == (3,)


@pytest.mark.slow
def test_float64_on_request(tmp_path):
    assert framework(*QUICK, "dtype=float64", "~callbacks.pictures", cwd=tmp_path).returncode == 0
    assert np.load(only_run(tmp_path) / "losses.npy").dtype == np.float64


def test_help_lists_groups_and_says_what_to_do(tmp_path):
    done = framework("--help", cwd=tmp_path)
    assert done.returncode == 0
    for words in ("model", "mlp_xavier", "layer/update_rule", "rmsprop", "trainer"):
        assert words in done.stdout
