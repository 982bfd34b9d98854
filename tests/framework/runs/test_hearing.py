"""Schedules that follow a run's figures: heard once an epoch, kept, and the same after a resume."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import framework as fw
from framework import Run, Schedule
from framework.runs.checkpoint_file import read
from framework.runs.load import load_network
from framework.runs.network_file import write_network
from framework.testing import stand_ins
from framework.testing.stand_in_callbacks import Crash
from framework.testing.tiny_run import registry_with, run_in, tiny, trained_by
from tests.framework.testing.correct.figure_schedules import ThenHalve
from tests.framework.testing.correct.scalars import Hardening

RATE = "layer.update_rule.learning_rate"
QUICK = (
    *("data=spirals", "data.points=120", "trainer.batch_size=24", "trainer.epochs=2"),
    *("model.hidden=[4]", "callbacks=none", "checkpoint=none", "layer=dense_xavier"),
)


def trained(folder: Path, rate: Schedule, crash: int | None = None, layer: Any = None) -> Run:
    callbacks = {} if crash is None else {"crash": Crash(step=crash)}
    inner = [getattr(rate, "then", rate)]
    registry = registry_with(rate, *inner, *callbacks.values(), *([layer] if layer else []))
    settings = tiny(registry, (6,), 6, "float64")
    rule = stand_ins.Descent(learning_rate=rate)
    plans = list(trained_by(settings.layers, update_rule=rule))
    if layer is not None:
        plans[1] = replace(plans[1], layer=layer)
    changes: dict[str, Any] = {"layers": tuple(plans), "callbacks": callbacks}
    changes["metrics"] = {"loss": stand_ins.Stuck()}
    changes["checkpoint"] = replace(settings.checkpoint, epochs=1, steps=4)
    if crash is not None:
        with pytest.raises(KeyboardInterrupt):
            run_in(folder, registry, settings, **changes)
    return run_in(folder, registry, settings, resume="auto" if crash else "never", **changes)


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("crash", [18, 21, 28])
def test_a_run_killed_anywhere_ends_with_the_same_bytes(make, tmp_path, inside, crash):
    rate: Schedule = make("schedule", "reduce_on_plateau", patience=1, factor=0.5)
    rate = ThenHalve(steps=9, then=rate) if inside else rate
    whole, killed = trained(tmp_path / "a", rate), trained(tmp_path / "b", rate, crash)
    assert whole.losses.tobytes() == killed.losses.tobytes()
    for array, other in zip(
        whole.network.parameters().values(), killed.network.parameters().values(), strict=True
    ):
        assert array.tobytes() == other.tobytes()
    (heard,) = killed.hearing.values()
    assert heard.memory is not None
    assert heard.memory.value == 0.1 * 0.5**2  # after epochs 3 and 5, of six alike
    newest = max((tmp_path / "b" / "checkpoints").glob("step-*"))
    place = "schedule/checked_0.update_rule.learning_rate"
    kept = read(newest).arrays
    names = [name for name in kept if name.startswith("schedule/")]
    assert len(names) == 4
    assert kept[next(n for n in names if n.endswith("/value"))] == 0.1 * 0.5**2
    assert place.rpartition(".")[2] in names[0]


def test_it_moves_the_weights_as_its_numbers_would(make, tmp_path):
    plateau = trained(tmp_path / "a", make("schedule", "reduce_on_plateau", patience=1, factor=0.5))
    steps = make("schedule", "exponential", first=0.1, factor=0.5, steps=1_000_000)
    plain = trained(tmp_path / "b", steps)
    np.testing.assert_allclose(plateau.losses[:21], plain.losses[:21], rtol=1e-4)
    assert abs(plateau.losses[-1] / plain.losses[-1] - 1) > 1e-4


def test_a_network_file_has_the_number_it_came_to(make, tmp_path):
    slope = make("schedule", "reduce_on_plateau", first=0.8, patience=1, factor=0.5)
    run = trained(tmp_path / "run", stand_ins.Ramp(), layer=Hardening(slope=slope))
    write_network(run, tmp_path / "run" / "checkpoints" / "final.safetensors")
    registry = registry_with(Hardening(), slope)
    x = run.data.test.inputs
    for which in ("final", "last"):
        loaded = load_network(tmp_path / "run", which, registry)
        np.testing.assert_array_equal(loaded.logits(x), run.network.logits(x))
        assert loaded.layers[1].layer == Hardening(slope=0.2)


def test_a_figure_that_is_not_measured_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(fw.ConfigurationError) as refused:
        fw.train(
            *QUICK,
            f"{RATE}={{name: reduce_on_plateau, figure: validation_los}}",
            directory="run",
        )
    assert str(refused.value) == (
        "layer 'hidden_1': update_rule.learning_rate: follows the figure 'validation_los', which is"
        " not measured; did you mean 'validation_loss'?"
    )
    assert not (tmp_path / "run").exists()


def test_that_it_stays_for_a_while_is_not_said(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    with caplog.at_level(logging.WARNING, "framework"):
        fw.train(*QUICK, f"+{RATE}=reduce_on_plateau", directory="run")
    assert not [r for r in caplog.records if "schedule" in r.getMessage()]
