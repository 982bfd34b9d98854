"""The studies that are there run as they are, and end with their picture."""

from __future__ import annotations

import csv

import pytest

import framework as fw
from tests.documents import ROOT
from tests.end_to_end.command import framework
from tests.end_to_end.studies import STUDIES, jobs_of, small_study


@pytest.mark.sampled(2)
@pytest.mark.parametrize("study", STUDIES)
def test_the_first_and_the_last_job_train(study, tmp_path):
    jobs = jobs_of(study)
    assert len(jobs) >= 12
    for i, job in enumerate((jobs[0], jobs[-1])):
        run = fw.train(
            f"experiment=study/{study}", "hydra.mode=RUN", *job, *small_study(study),
            directory=tmp_path / str(i), verbose=False,
        )  # fmt: skip
        assert len(run.data.train) == 60
        assert run.summary["epochs"] == 2


@pytest.mark.slow
def test_a_study_is_a_command(tmp_path):
    ours = [*small_study("schedules"), "seed=0,1", "hydra.sweep.dir=s"]
    done = framework("experiment=study/schedules", *ours, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "s" / "comparison.png").read_bytes().startswith(b"\x89PNG")
    assert done.stderr.rstrip().endswith("s/comparison.png")
    with (tmp_path / "s" / "leaderboard.csv").open() as file:
        assert len(list(csv.DictReader(file))) == len(jobs_of("schedules"))
    (tmp_path / "s" / "comparison.png").unlink()
    again = framework("job=compare", "run_directory=s", "figure=train_loss", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "s" / "comparison.png").exists()
    wrong = framework("job=compare", "run_directory=s", "figure=train_los", cwd=tmp_path)
    assert wrong.returncode == 1
    assert "figure: no run has 'train_los'; did you mean 'train_loss'?" in wrong.stderr
    single = framework("job=compare", "run_directory=s/0", "figure=train_loss", cwd=tmp_path)
    assert "figure: s/0 is no sweep over anything but seeds" in single.stderr


def test_every_study_has_its_place_in_the_documentation():
    page = (ROOT / "docs" / "STUDIES.md").read_text()
    for study in STUDIES:
        assert f"experiment=study/{study}" in page
        assert (ROOT / "docs" / "images" / f"study_{study}.png").stat().st_size < 60_000
