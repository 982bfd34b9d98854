"""The same sweep on all cores, on a cluster's engines, and searched: the same bytes and ledger."""

from __future__ import annotations

import csv
import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.end_to_end.command import framework

pytestmark = [pytest.mark.slow, pytest.mark.own_process]  # processes by the dozen

JOBS = ("data=spirals", "trainer.epochs=2", "model.hidden=[8]", "~callbacks.pictures")
LAUNCHERS = {
    "parallel": "hydra_joblib_launcher",
    "slurm_local": "hydra_submitit_launcher",
    "ray_local": "hydra_ray_launcher",
}
FILES = ("losses.npy", "checkpoints/final.safetensors")


def installed(package: str) -> bool:
    return find_spec("hydra_plugins") is not None and (
        find_spec(f"hydra_plugins.{package}") is not None
    )


def board(sweep: Path) -> list[dict[str, str]]:
    with (sweep / "leaderboard.csv").open() as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def serial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cwd = tmp_path_factory.mktemp("serial")
    done = framework("-m", *JOBS, "seed=0,1,2", "hydra.sweep.dir=s", cwd=cwd)
    assert done.returncode == 0, done.stderr
    return cwd / "s"


@pytest.mark.parametrize(
    "launcher",
    ["parallel", "slurm_local", pytest.param("ray_local", marks=pytest.mark.slow)],
)
def test_a_launcher_gives_the_bytes_and_the_ledger_of_the_serial_sweep(tmp_path, serial, launcher):
    if not installed(LAUNCHERS[launcher]):
        pytest.skip(f"{LAUNCHERS[launcher]} is not installed")
    command = ("-m", *JOBS, f"hydra/launcher={launcher}", "hydra.sweep.dir=s")
    done = framework(*command, "seed=0,-1,2", cwd=tmp_path, timeout=300)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("error: job 1 (")
    assert "seed: must be at least 0, got -1" in last
    assert len(board(tmp_path / "s")) == 2
    kept = (tmp_path / "s" / "0" / "metrics.csv").stat().st_mtime_ns

    again = framework(*command, "seed=0,1,2", cwd=tmp_path, timeout=300)
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "s" / "0" / "metrics.csv").stat().st_mtime_ns == kept
    assert board(tmp_path / "s") == board(serial)
    for job in "012":
        for file in FILES:
            assert (tmp_path / "s" / job / file).read_bytes() == (serial / job / file).read_bytes()
        summary = json.loads((tmp_path / "s" / job / "summary.json").read_text())
        assert summary["machine"]["threads"] == 1


@pytest.mark.skipif(find_spec("optuna") is None, reason="optuna is not installed")
@pytest.mark.parametrize("launcher", ["basic", "parallel"])
def test_a_search_finds_a_good_rate_prunes_bad_ones_and_goes_on(tmp_path, launcher):
    command = (
        "-m",
        *JOBS,
        "layer=dense_xavier",
        "trainer.epochs=5",
        "callbacks=pruning",
        "hydra/sweeper=search",
        f"hydra/launcher={launcher}",
        "hydra.sweep.dir=s",
        "layer.update_rule.learning_rate=tag(log,interval(1e-4,1))",
    )
    done = framework(*command, "hydra.sweeper.n_trials=8", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    first = board(tmp_path / "s")
    assert len(first) == 8
    assert any(row["epochs"] == "3" for row in first)  # pruned
    best = (tmp_path / "s" / "optimization_results.yaml").read_text()
    assert first[0]["overrides"].partition("=")[2] in best
    assert float(first[0]["validation_accuracy"]) > float(first[-1]["validation_accuracy"]) + 0.1

    more = framework(*command, "hydra.sweeper.n_trials=10", cwd=tmp_path)
    assert more.returncode == 0, more.stderr
    assert len(board(tmp_path / "s")) == 10
    known = {row["overrides"]: row["validation_accuracy"] for row in board(tmp_path / "s")}
    assert known.items() >= {r["overrides"]: r["validation_accuracy"] for r in first}.items()


@pytest.mark.skipif(find_spec("optuna") is None, reason="optuna is not installed")
def test_a_search_goes_the_way_of_the_metric_and_survives_failures(tmp_path):
    done = framework(
        "-m",
        *JOBS,
        "metrics=regression",  # its metric is a loss: less is better
        "layer=dense_xavier",
        "hydra/sweeper=search",
        "hydra.sweeper.n_trials=12",
        "hydra.sweep.dir=s",
        "layer.update_rule.learning_rate=choice(0.5,1e-5,-1.0)",
        cwd=tmp_path,
    )
    assert done.returncode == 1  # the negative rate
    assert "learning_rate: must be greater than 0" in done.stderr.splitlines()[-1]
    assert "learning_rate: 0.5" in (tmp_path / "s" / "optimization_results.yaml").read_text()


SEARCH = ("-m", *JOBS, "trainer.epochs=1", "hydra/sweeper=search", "hydra.sweep.dir=s")


@pytest.mark.skipif(find_spec("optuna") is None, reason="optuna is not installed")
def test_a_grid_is_searched_whole_and_its_points_are_written_key_by_key(tmp_path):
    grid = ("hydra/sweeper/sampler=grid", "seed=range(0,2)")
    points = ("layer=zip(dense,dense_l2)", "dtype=zip(float32,float64)")
    done = framework(*SEARCH, *grid, *points, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = {" ".join(row["overrides"].split()) for row in board(tmp_path / "s")}
    pairs = ("layer=dense dtype=float32", "layer=dense_l2 dtype=float64")
    assert found == {f"seed={seed} {pair}" for seed in (0, 1) for pair in pairs}
    best = (tmp_path / "s" / "optimization_results.yaml").read_text()
    assert all(f"  {key}: " in best for key in ("seed", "layer", "dtype"))
    assert "point" not in best


@pytest.mark.skipif(find_spec("optuna") is None, reason="optuna is not installed")
def test_a_search_whose_jobs_all_fail_says_so_once(tmp_path):
    done = framework(*SEARCH, "trainer.batch_size=-1,-2", "hydra.sweeper.n_trials=2", cwd=tmp_path)
    assert done.returncode == 1
    last = [line for line in done.stderr.splitlines() if line.startswith("error: job")]
    assert last
    assert "unexpected" not in done.stderr
    assert not (tmp_path / "s" / "optimization_results.yaml").exists()


@pytest.mark.skipif(find_spec("optuna") is None, reason="optuna is not installed")
def test_a_study_is_kept_in_a_database_and_gone_on_with(tmp_path):
    kept = ("hydra.sweeper.storage=sqlite:///study.db", "hydra.sweeper.study_name=mine")
    command = (*SEARCH, *kept, "seed=range(0,9)")
    done = framework(*command, "hydra.sweeper.n_trials=2", cwd=tmp_path)
    if "needs optuna 3.1 or newer" in done.stderr:
        pytest.skip("an Optuna whose storages do not work")
    assert done.returncode == 0, done.stderr
    more = framework(*command, "hydra.sweeper.n_trials=3", cwd=tmp_path)
    assert more.returncode == 0, more.stderr
    assert "holds 2 finished trials" in more.stderr
    assert more.stderr.count("\njob ") + more.stderr.startswith("job ") <= 2
    wrong = framework(*SEARCH, "hydra.sweeper.storage=foo://x", "seed=0,1", cwd=tmp_path)
    said = wrong.stderr.splitlines()[-1]
    assert said.startswith("error: hydra.sweeper.storage: the study cannot be opened")


@pytest.mark.parametrize(
    ("choice", "package", "extra"),
    [
        ("hydra/launcher=parallel", "hydra_plugins.hydra_joblib_launcher", "parallel"),
        ("hydra/launcher=slurm", "hydra_plugins.hydra_submitit_launcher", "slurm"),
        ("hydra/launcher=ray_local", "hydra_plugins.hydra_ray_launcher", "ray"),
        ("hydra/sweeper=search", "optuna", "search"),
    ],
)
def test_a_missing_extra_is_named(tmp_path, choice, package, extra):
    # Python's own way to hide what is installed: None in sys.modules.
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nsys.modules['{package}'] = None\n")
    done = framework(
        "-m", *JOBS, "seed=0,1", choice, cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"error: {choice}: is not installed; pip install 'mlp-framework[{extra}]' brings it\n"
    )


@pytest.mark.parametrize(
    ("choice", "package", "said"),
    [
        ("slurm", "hydra_submitit_launcher", "max_num_timeout: 10"),
        ("ray_cluster", "hydra_ray_launcher", "address: auto"),
    ],
)
def test_the_configuration_of_a_cluster_is_ready(tmp_path, choice, package, said):
    if not installed(package):
        pytest.skip(f"{package} is not installed")
    shown = framework(
        f"hydra/launcher={choice}", "--cfg", "hydra", "-p", "hydra.launcher", cwd=tmp_path
    )
    assert shown.returncode == 0, shown.stderr
    assert said in shown.stdout
