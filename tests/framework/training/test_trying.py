"""Runs that try something out: a few steps of everything, or minibatches learnt by heart."""

import contextlib
import json
from dataclasses import replace

import numpy as np
import pytest

from framework.testing.stand_in_callbacks import Crash
from framework.testing.tiny_run import registry_with, run_in, tiny
from framework.training.fewer_rows import some_rows
from framework.training.minibatches import Minibatches
from tests.end_to_end.command import framework


def run(folder, crash=None, resume="never", epochs=3, **trainer):
    registry = registry_with(Crash())
    settings = tiny(registry, (6,), epochs)
    return run_in(
        folder,
        registry,
        settings,
        resume=resume,
        trainer=replace(settings.trainer, **trainer),
        checkpoint=replace(settings.checkpoint, epochs=1, steps=30),
        callbacks={} if crash is None else {"crash": Crash(step=crash)},
    )


def test_minibatches_are_the_same_in_every_epoch_and_every_split(tmp_path):
    whole, few = run(tmp_path / "whole"), run(tmp_path / "few", overfit_batches=2)
    spread = [i * len(whole.data.train) // 16 for i in range(16)]
    for split in few.data.splits().values():
        assert split.inputs.tobytes() == whole.data.train.inputs[spread].tobytes()
        assert split.targets.tobytes() == whole.data.train.targets[spread].tobytes()
    assert [record.steps for record in few.metrics] == [100, 200, 300]
    batches = Minibatches(few.data.train, few.settings.trainer, None, "float32")
    order = batches.order(np.random.default_rng(0))
    for i, (rows, targets) in enumerate(batches.batches(order)):
        assert rows.tolist() == list(range(8 * (i % 2), 8 * (i % 2) + 8))
        assert targets.tolist() == few.data.train.targets[rows].tolist()
    figures = few.metrics[-1].figures
    assert (
        figures["train_loss"] == figures["validation_loss"] == few.summary["figures"]["test_loss"]
    )


def test_it_says_whether_the_loss_fell(tmp_path, caplog):
    for steps, fell in ((3, False), (100, True)):
        with caplog.at_level("INFO", "framework"):
            few = run(tmp_path / str(steps), steps=steps, overfit_batches=1)
        about = few.summary["overfit"]
        assert about["fell"] == fell == (few.losses[-1] < few.losses[0] / 10)
        assert about["last"] == pytest.approx(few.losses[-1])
        said = f"steps of one minibatch: {'as it should' if fell else 'expected a tenth of it'}"
        assert said in caplog.text
        assert few.summary["not_ranked"] == "trainer.overfit_batches"


def test_it_resumes_to_the_same_bytes(tmp_path):
    whole = run(tmp_path / "whole", overfit_batches=3)
    with contextlib.suppress(KeyboardInterrupt):
        run(tmp_path / "killed", crash=150, overfit_batches=3)
    killed = run(tmp_path / "killed", crash=150, resume="auto", overfit_batches=3)
    assert len(whole.losses) == 3 * 102
    assert killed.losses.tobytes() == whole.losses.tobytes()


def test_a_fast_run_has_two_epochs_of_a_few_rows(tmp_path):
    fast = run(tmp_path / "run", epochs=9, fast_run=True)
    assert [record.steps for record in fast.metrics] == [5, 10]
    assert len(fast.data.train) == 5 * 8
    assert fast.summary["not_ranked"] == "trainer.fast_run"
    assert "not_ranked" not in run(tmp_path / "other", epochs=1).summary
    again = run(tmp_path / "run", epochs=9, fast_run=True, resume="auto")
    assert again.losses.tobytes() == fast.losses.tobytes()


def test_rows_are_of_arrays_on_disk_too(tmp_path):
    from framework.components.split import Split

    np.save(tmp_path / "x.npy", np.arange(40.0).reshape(20, 2))
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    split = Split.of_rows(x, np.arange(20), np.array([1, 5, 7, 9]), np.arange(20.0))
    some = some_rows(split, 2)
    assert (some.targets.tolist(), some.inputs[:, 0].tolist()) == ([1, 7], [2.0, 14.0])
    assert some.weights is not None
    assert some.weights.tolist() == [1.0, 7.0]


@pytest.mark.slow
def test_a_leaderboard_leaves_it_out(tmp_path):
    arguments = ("data=spirals", "model.hidden=[8]", "trainer.epochs=1", "callbacks=none")
    done = framework(
        "-m", *arguments, "trainer.fast_run=true,false", "hydra.sweep.dir=s", cwd=tmp_path
    )
    assert done.returncode == 0
    assert "is not on the board: trainer.fast_run: it only tried something out" in done.stderr
    board = (tmp_path / "s" / "leaderboard.csv").read_text().splitlines()
    assert [line.split(",")[:2] for line in board[1:]] == [["1", "1"]]
    assert json.loads((tmp_path / "s" / "0" / "summary.json").read_text())["not_ranked"]
