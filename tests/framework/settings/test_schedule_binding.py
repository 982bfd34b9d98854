"""Schedules know their run: bound once, wherever they stand."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

import framework as fw
from framework import Schedule, Span, hyperparameter
from framework.engine.plan import LayerPlan
from framework.settings.schedule_binding import bind_schedules
from framework.settings.settings import RunSettings
from framework.testing import stand_ins
from framework.testing.tiny_run import registry_with, tiny, trained_by

QUICK = (
    *("data=spirals", "data.points=120", "trainer.batch_size=24", "trainer.epochs=4"),
    *("model.hidden=[4]", "callbacks=none", "checkpoint=none", "layer=dense_xavier"),
)
RATE = "layer.update_rule.learning_rate"


@dataclass(frozen=True)
class Told(Schedule):
    """Knows how often it was told, and of what."""

    runs: tuple[Span, ...] = ()

    def over(self, span: Span) -> Told:
        return replace(self, runs=(*self.runs, span))

    def at(self, step: int) -> float:
        return 0.1


@dataclass(frozen=True)
class Half(Schedule):
    """Half of another."""

    inner: Schedule = hyperparameter(Told(), "the other")

    def at(self, step: int) -> float:
        return 0.5 * self.inner.at(step)


def rate_of(plan: LayerPlan) -> Any:
    rule = plan.training.update_rule
    assert isinstance(rule, stand_ins.Descent)
    return rule.learning_rate


def settings_with(rate: Schedule) -> RunSettings:
    settings = tiny(registry_with(rate), (6,))
    rule = stand_ins.Descent(learning_rate=rate)
    return replace(settings, layers=trained_by(settings.layers, update_rule=rule))


@pytest.mark.parametrize("rate", [Told(), Half(), Half(Half())])
def test_each_is_told_once_and_equal_ones_are_one(rate):
    settings = settings_with(rate)
    bound = bind_schedules(settings, Span(14, 7))
    rates = [rate_of(plan) for plan in bound.layers]
    assert len(set(map(id, rates))) == 1
    inner = rates[0]
    while isinstance(inner, Half):
        inner = inner.inner
    assert inner.runs == (Span(14, 7),)
    assert rate_of(settings.layers[0]) == rate  # as it was


def test_what_holds_no_schedule_is_left_as_it_is():
    settings = tiny(registry_with(), (6,))
    bound = bind_schedules(settings, Span(14, 7))
    for plan, before in zip(bound.layers, settings.layers, strict=True):
        assert plan.training.update_rule is before.training.update_rule
        assert plan.layer is before.layer
    assert bound.loss is settings.loss


def test_a_run_has_the_values_that_its_length_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = fw.train(*QUICK, f"+{RATE}=cosine", directory="run")
    steps = run.trainer.steps
    rule = run.network.layers[0].views.block.update_rule
    assert steps == 20
    assert rule is not None
    for step in range(steps + 1):
        expected = 0.1 * (1 + np.cos(np.pi * step / steps)) / 2
        assert rule.plain_sgd_rate(step) == pytest.approx(expected, abs=1e-15)


@pytest.mark.slow
def test_epochs_and_shares_are_two_ways_to_say_the_same(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ways = ("epochs=2", "share=0.5")
    losses = {
        way: fw.train(*QUICK, f"+{RATE}=cosine", f"{RATE}.{way}", directory=way).losses.tobytes()
        for way in ways
    }
    whole = fw.train(*QUICK, f"{RATE}=cosine", directory="whole").losses.tobytes()
    assert len(set(losses.values())) == 1
    assert whole != losses["epochs=2"]


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ([f"+{RATE}=cosin"], "expected a number or a schedule, got 'cosin'; did you mean 'cosine'"),
        ([f"{RATE}=fast"], "a number or a schedule, got 'fast'; a schedule is one of 'co"),
        (
            ["layer/update_rule=rmsprop", "layer.update_rule.epsilon=cosine"],
            "expected a number, got 'cosine'; this one cannot be a schedule",
        ),
        (
            [f"{RATE}={{name: cosine, steps: 3, share: 0.5}}"],
            "expected one of steps, epochs and share, got steps: 3, share: 0.5",
        ),
    ],
)
def test_what_is_no_schedule_is_said(tmp_path, monkeypatch, overrides, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(fw.ConfigurationError) as refused:
        fw.train(*QUICK, *overrides, directory="run")
    assert said in str(refused.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("length", "said"), [("", 1), (", epochs: 4", 0)])
def test_a_run_that_becomes_longer_says_what_becomes_of_its_schedules(
    tmp_path, monkeypatch, caplog, length, said
):
    monkeypatch.chdir(tmp_path)
    rate = f"{RATE}={{name: cosine{length}}}"
    options = [option for option in QUICK if option != "checkpoint=none"]
    fw.train(*options, rate, directory="run")
    with caplog.at_level(logging.WARNING, "framework"):
        run = fw.resume("run", "trainer.epochs=6")
    assert run.trainer.steps == 30
    lines = [r.getMessage() for r in caplog.records if "as long as the run" in r.getMessage()]
    assert len(lines) == said
    if said:
        assert "schedule 'cosine' is as long as the run, which had 4 epochs and has 6" in lines[0]
