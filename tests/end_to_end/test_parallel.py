"""Jobs side by side, through Hydra's joblib launcher."""

from __future__ import annotations

from tests.end_to_end.command import framework


def test_parallel_jobs_give_the_bytes_of_sequential_ones(tmp_path):
    for name, more in (("one", []), ("many", ["hydra/launcher=joblib"])):
        done = framework(
            "-m",
            "data=spirals",
            "trainer.epochs=2",
            "seed=0,1,2,-1",
            "~callbacks.pictures",
            f"hydra.sweep.dir={name}",
            *more,
            cwd=tmp_path,
        )
        assert done.returncode == 1
        assert "job 3" in done.stderr.splitlines()[-1]
    for job in "012":
        for file in ("losses.npy", "checkpoints/final.safetensors"):
            one, many = (tmp_path / name / job / file for name in ("one", "many"))
            assert one.read_bytes() == many.read_bytes()
