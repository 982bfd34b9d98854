"""How long a run is, and which epochs and rows are measured."""

import contextlib
import math
from dataclasses import replace

import numpy as np

from framework.testing import stand_ins
from framework.testing.stand_in_callbacks import Crash
from framework.testing.tiny_run import registry_with, run_in, tiny, trained_by


def run(folder, crash=None, resume="never", rule=None, **trainer):
    registry = registry_with(Crash(), *([rule] if rule else []))
    settings = tiny(registry, (6,), 5)
    kept = replace(settings.checkpoint, epochs=1, steps=3)
    callbacks = {} if crash is None else {"crash": Crash(step=crash)}
    return run_in(
        folder,
        registry,
        settings,
        resume=resume,
        trainer=replace(settings.trainer, **trainer),
        checkpoint=kept,
        callbacks=callbacks,
        **({"layers": trained_by(settings.layers, update_rule=rule)} if rule else {}),
    )


def test_it_ends_after_so_many_steps_to_the_same_bytes(tmp_path):
    whole, ten = run(tmp_path / "whole"), run(tmp_path / "ten", steps=10)
    assert ten.losses.tobytes() == whole.losses[:10].tobytes()
    assert [record.steps for record in ten.metrics] == [7, 10]
    assert ten.metrics[0].figures == whole.metrics[0].figures
    assert (ten.summary["steps"], ten.summary["stopped"]) == (10, None)
    with contextlib.suppress(KeyboardInterrupt):
        run(tmp_path / "killed", crash=8, steps=10)
    killed = run(tmp_path / "killed", crash=8, resume="auto", steps=10)
    for name, array in killed.network.parameters().items():
        assert array.tobytes() == ten.network.parameters()[name].tobytes()
    assert killed.metrics[1].figures == ten.metrics[1].figures
    again = run(tmp_path / "ten", resume="auto", steps=10)
    assert again.losses.tobytes() == ten.losses.tobytes()
    assert len(run(tmp_path / "more", steps=1000).losses) == 35


def test_a_schedule_as_long_as_the_run_ends_with_its_steps(make, tmp_path):
    rate = make("schedule", "linear", first=0.1, last=0.0)
    rule = stand_ins.Descent(learning_rate=rate)
    ended = run(tmp_path / "run", rule=rule, steps=10)
    rates = [plan.training.update_rule.learning_rate for plan in ended.settings.layers]
    assert {rate.steps for rate in rates} == {10}


def test_it_ends_when_its_time_is_over(tmp_path):
    ended = run(tmp_path / "run", seconds=1e-6)
    assert ended.stopped == f"after 1e-06 seconds, at step {len(ended.losses)}"
    assert len(ended.losses) < 35
    assert len(ended.metrics) == 1
    again = run(tmp_path / "run", resume="auto", seconds=1e-6)
    assert again.losses.tobytes() == ended.losses.tobytes()


def test_only_some_epochs_are_measured_and_training_is_the_same(tmp_path):
    whole, some = run(tmp_path / "whole"), run(tmp_path / "some", figures_every=3)
    assert some.losses.tobytes() == whole.losses.tobytes()
    assert [record.measured for record in some.metrics] == [False, False, True, False, True]
    for a, b in zip(some.metrics, whole.metrics, strict=True):
        assert a.figures == b.figures if a.measured else all(map(math.isnan, a.figures.values()))
    assert some.summary["figures"] == whole.summary["figures"]
    assert some.best in (some.metrics[2], some.metrics[4])


def test_training_figures_are_of_rows_evenly_spread(tmp_path):
    whole, some = run(tmp_path / "whole"), run(tmp_path / "some", train_figure_rows=8)
    assert some.losses.tobytes() == whole.losses.tobytes()
    train = some.data.train
    rows = [len(train) * i // 8 for i in range(8)]
    z = some.network.logits(train.inputs[rows])
    p = np.exp(z - z.max(axis=1, keepdims=True))
    surprise = -np.log(p[np.arange(8), train.targets[rows]] / p.sum(axis=1)).mean()
    assert math.isclose(some.metrics[-1].figures["train_loss"], surprise, rel_tol=1e-5)
    for figure in ("validation_loss", "test_loss"):
        assert some.summary["figures"][figure] == whole.summary["figures"][figure]
