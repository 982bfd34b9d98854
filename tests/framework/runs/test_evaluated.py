"""Weights that are measured but not trained: never in the trained ones' place."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from framework import Callback, ConfigurationError, Run, UpdateRule, hookimpl
from framework.runs.checkpoint_file import read
from framework.runs.load import load_network
from framework.runs.runner import train
from framework.testing import stand_ins
from framework.testing.stand_in_callbacks import Crash
from framework.testing.tiny_run import registry_with, run_in, tiny, trained_by
from framework.training import background, epoch_evaluation


@dataclass(frozen=True)
class Average(Callback):
    """Evaluates the mean of the weights after each step."""

    changes_training: ClassVar[bool] = True

    def listener(self, run: Run) -> object:
        return Averaging()


class Averaging:
    def __init__(self) -> None:
        self.means: dict[str, Any] = {}
        self.count = 0

    @hookimpl
    def framework_run_started(self, run: Run) -> None:
        self.means = {name: a.copy() for name, a in run.network.parameters().items()}
        run.evaluate_with(self.means)

    @hookimpl
    def framework_run_resumed(self, run: Run, state: Mapping[str, Any]) -> None:
        self.count = state["count"]
        for name, mean in state["means"].items():
            np.copyto(self.means[name], mean)

    @hookimpl
    def framework_step_ended(self, run: Run, step: int, loss: float) -> None:
        self.count += 1
        for name, array in run.network.parameters().items():
            self.means[name] += (array - self.means[name]) / self.count

    @hookimpl
    def framework_state(self, run: Run) -> Mapping[str, Any]:
        return {"count": self.count, "means": self.means}


def trained(folder: Path, rule: UpdateRule | None = None, crash: int | None = None, **more: Any):
    """Run the kit's tiny network, killed in between where it says so."""
    callbacks = dict(more)
    if crash is not None:
        callbacks["crash"] = Crash(step=crash)
    parts = [rule] if rule is not None else []
    parts += [getattr(rule, f.name) for f in dataclasses.fields(rule)] if rule is not None else []
    parts = [part for part in parts if dataclasses.is_dataclass(part)]
    registry = registry_with(*parts, *callbacks.values())
    settings = tiny(registry, (6,), 4)
    kept = dataclasses.replace(settings.checkpoint, epochs=None, steps=4)
    layers = settings.layers if rule is None else trained_by(settings.layers, update_rule=rule)
    changes: dict[str, Any] = {"callbacks": callbacks, "checkpoint": kept, "layers": layers}
    if crash is not None:
        with pytest.raises(KeyboardInterrupt):
            run_in(folder, registry, settings, **changes)
    return run_in(folder, registry, settings, resume="auto" if crash else "never", **changes)


@pytest.mark.parametrize("name", ["ema", "schedule_free", "lookahead", "muon", "lamb", "adamw"])
def test_a_run_killed_anywhere_ends_with_the_same_bytes(make, tmp_path, name):
    rule = make("update_rule", name)
    whole, killed = trained(tmp_path / "a", rule), trained(tmp_path / "b", rule, crash=10)
    for a, b in ((whole.network, killed.network), (whole.trainer.network, killed.trainer.network)):
        for array, other in zip(a.parameters().values(), b.parameters().values(), strict=True):
            assert array.tobytes() == other.tobytes()
    assert [dict(e.figures) for e in whole.metrics] == [dict(e.figures) for e in killed.metrics]
    assert whole.losses.tobytes() == killed.losses.tobytes()


def test_an_average_is_measured_and_left_as_the_network_but_not_trained(make, tmp_path):
    plain = trained(tmp_path / "plain", make("update_rule", "sgd"))
    ema = trained(tmp_path / "ema", make("update_rule", "ema", decay=0.9))
    assert plain.losses.tobytes() == ema.losses.tobytes() or np.allclose(plain.losses, ema.losses)
    assert ema.network is not ema.trainer.network
    block = ema.trainer.network.blocks[0]
    np.testing.assert_array_equal(ema.network.blocks[0].parameters, block.row("average"))
    assert not np.array_equal(block.parameters, block.row("average"))
    newest = max((tmp_path / "ema" / "checkpoints").glob("step-*"))
    kept = read(newest, 1 << 30).arrays
    assert any("update_rule/" in name and name.endswith("/average") for name in kept)
    assert dict(plain.metrics[-1].figures) != dict(ema.metrics[-1].figures)


def test_a_checkpoint_is_loaded_as_what_was_measured(make, tmp_path):
    rule = make("update_rule", "ema", decay=0.9)
    run = trained(tmp_path / "ema", rule)
    registry = registry_with(rule, rule.inner)
    loaded = load_network(tmp_path / "ema", "last", registry)
    newest = max((tmp_path / "ema" / "checkpoints").glob("step-*"))
    kept = read(newest, 1 << 30).arrays
    for name, array in loaded.parameters().items():
        np.testing.assert_array_equal(array, kept[f"update_rule/{name}/average"])
    assert run.network.count() == loaded.count()


def test_a_callback_may_give_what_is_measured(tmp_path):
    plain, given = trained(tmp_path / "a"), trained(tmp_path / "b", average=Average())
    killed = trained(tmp_path / "c", average=Average(), crash=10)
    assert not given.failures
    assert plain.losses.tobytes() == given.losses.tobytes() == killed.losses.tobytes()
    for run in (given, killed):
        assert run.network is not run.trainer.network
    for name, array in given.network.parameters().items():
        assert array.tobytes() == killed.network.parameters()[name].tobytes()
        assert not np.array_equal(array, given.trainer.network.parameters()[name])
    assert [dict(e.figures) for e in given.metrics] == [dict(e.figures) for e in killed.metrics]


@dataclass(frozen=True)
class Wrong(Callback):
    @hookimpl
    def framework_run_started(self, run: Run) -> None:
        run.evaluate_with({"checked_0.weight": np.zeros(3)})


def test_what_the_network_does_not_have_is_refused(tmp_path):
    run = trained(tmp_path, wrong=Wrong())
    assert "the network has no array 'checked_0.weight'" in run.failures[0]
    assert run.network is run.trainer.network


def test_a_rule_that_forgets_what_is_inside_it_is_refused(make, tmp_path):
    @dataclass(frozen=True)
    class Forgetful(UpdateRule):
        inner: UpdateRule = dataclasses.field(default_factory=stand_ins.Descent)

        def step(self, step, p, g, state, scratch):
            self.inner.step(step, p, g, state, scratch)

    for inner, why in {
        make("update_rule", "ema"): "it must add inner_slots('inner') to its own",
        make("update_rule", "adamw"): "which it does not hand on (decay_share)",
        make("update_rule", "lamb"): "has the scope 'element', but LAMB inside it the scope",
    }.items():
        with pytest.raises(ConfigurationError) as refused:
            trained(tmp_path / why[:9], Forgetful(inner))
        assert why in str(refused.value)


@dataclass(frozen=True)
class Kill(Crash):
    """Lets epochs be measured on another core meanwhile."""

    passive: ClassVar[bool] = True


@pytest.mark.skipif(not background.POSSIBLE, reason="no copies of a process here")
@pytest.mark.parametrize("name", ["ema", "schedule_free"])
def test_evaluated_weights_are_measured_on_another_core_as_on_this_one(
    make, tmp_path, monkeypatch, name
):
    monkeypatch.setattr(epoch_evaluation, "_WORTH_A_COPY", 0)
    started, start = [], background.start
    monkeypatch.setattr(background, "start", lambda work: started.append(1) or start(work))  # type: ignore[func-returns-value]
    rule = make("update_rule", name)
    registry = registry_with(rule, rule.inner, Kill())
    settings = tiny(registry, (6,), 4)
    settings = dataclasses.replace(
        settings,
        layers=trained_by(settings.layers, update_rule=rule),
        trainer=dataclasses.replace(settings.trainer, threads="auto"),
        checkpoint=dataclasses.replace(settings.checkpoint, epochs=None, steps=4),
        callbacks={"kill": Kill(step=16)},
    )
    for place in ("here", "there"):
        (tmp_path / f"{place}.crashed").touch()
    here = train(settings, registry, tmp_path / "here", {}, cores=1)
    assert not started
    there = train(settings, registry, tmp_path / "there", {}, cores=2)
    assert len(started) == 1
    with pytest.raises(KeyboardInterrupt):
        train(settings, registry, tmp_path / "killed", {}, cores=2)
    again = train(settings, registry, tmp_path / "killed", {}, cores=2, resume="auto")
    figures = [[dict(e.figures) for e in run.metrics] for run in (here, there, again)]
    assert figures[0] == figures[1] == figures[2]
    for run in (there, again):
        assert here.summary["figures"] == run.summary["figures"]
        for label, array in here.network.parameters().items():
            assert array.tobytes() == run.network.parameters()[label].tobytes()
