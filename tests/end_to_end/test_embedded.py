"""Trainings inside other programs: in threads, and in applications of Hydra's own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf

import framework as fw
from framework.runs.saved_config import load
from tests.end_to_end.command import framework

QUICK = (
    "data=spirals",
    "data.points=60",
    "model.hidden=[4]",
    "trainer.epochs=1",
    "trainer.threads=1",
    "callbacks=none",
    "checkpoint=none",
)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_trainings_in_threads_are_what_they_are_alone(here):
    alone = [fw.train(*QUICK, f"seed={seed}").losses.tobytes() for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda seed: fw.train(*QUICK, f"seed={seed}"), range(4)))
    assert [run.losses.tobytes() for run in runs] == alone
    assert len({run.directory for run in runs}) == 4
    assert all((run.directory / "summary.json").exists() for run in runs)


def test_within_an_application_that_has_initialized_hydra(here):
    (here / "theirs").mkdir()
    (here / "theirs" / "app.yaml").write_text("a: 1\n")
    with initialize_config_dir(str(here / "theirs"), version_base="1.2", job_name="theirs"):
        before = GlobalHydra.instance().hydra
        run = fw.train(*QUICK)
        assert GlobalHydra.instance().hydra is before
        assert not HydraConfig.initialized()
        assert OmegaConf.to_container(compose("app")) == {"a": 1}
    assert run.summary["epochs"] == 1


@pytest.mark.slow
def test_within_hydra_main(here):
    """In a process of its own, as such an application runs; its own resolvers still work."""
    (here / "app.py").write_text(
        textwrap.dedent(f"""
        import hydra
        from hydra.core.hydra_config import HydraConfig
        import framework as fw

        @hydra.main(version_base="1.2", config_path=None)
        def main(cfg):
            place = HydraConfig.get().runtime.output_dir
            run = fw.train(*{QUICK!r}, directory=place + "/run")
            assert HydraConfig.get().runtime.output_dir == place
            print(run.directory.is_relative_to(place), HydraConfig.get().job.name)

        main()
        """)
    )
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=here, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "True app" in done.stdout


def test_resolvers_of_the_program_around_stay_its_own(here):
    OmegaConf.register_new_resolver("new_directory", lambda path: f"theirs/{path}", replace=True)
    try:
        run = fw.train(*QUICK)
        assert run.directory.parts[-3] == "outputs"
        assert OmegaConf.create({"a": "${new_directory:x}"}).a == "theirs/x"
        assert not OmegaConf.has_resolver("score_direction")
    finally:
        OmegaConf.clear_resolver("new_directory")


@pytest.mark.slow
def test_what_may_come_out_otherwise_is_recorded_as_it_came_out(here, monkeypatch):
    import numpy as np

    rng = np.random.default_rng(0)
    np.savez("d.npz", inputs=rng.normal(size=(60, 2)), targets=np.arange(60) % 3)
    monkeypatch.setenv("WHERE", str(here))
    for i, folder in enumerate(("${hydra:runtime.cwd}", "${oc.env:WHERE}")):
        own = [word for word in QUICK if not word.startswith(("data", "checkpoint"))]
        place = Path(f"run{i}")
        fw.train(*own, "data=npz", f"data.path={folder}/d.npz", directory=place)
        assert load(place)["data"]["path"] == f"{here}/d.npz"
        (here / "elsewhere").mkdir(exist_ok=True)
        monkeypatch.delenv("WHERE", raising=False)
        done = framework(
            "job=resume", f"run={here / place}", "trainer.epochs=2", cwd=here / "elsewhere"
        )
        assert done.returncode == 0, done.stderr
        monkeypatch.setenv("WHERE", str(here))


def test_keys_that_name_others_stay_names(here):
    run = fw.train(
        *QUICK,
        "model.hidden=[3]",
        "+published.a=${trainer.epochs}",
        "+published.b=${oc.decode:'0.5'}",
    )
    text = (run.directory / ".hydra" / "config.yaml").read_text()
    assert "a: ${trainer.epochs}" in text
    assert "b: 0.5" in text
