"""What a user chooses has its effect, or is refused, or is said to have none."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Literal

import pytest

import framework as fw
from framework.components.base import FieldInfo
from framework.registry.loading import Loading, load
from framework.registry.registry import Registry
from framework.settings.reader import Reader

QUICK = (
    *("data=spirals", "data.points=120", "trainer.batch_size=24", "trainer.epochs=2"),
    *("model.hidden=[4]", "callbacks=none", "checkpoint=none", "layer=dense_xavier"),
)
RATE = "layer.update_rule.learning_rate"
ROLLING = """
from dataclasses import dataclass
from framework import Scalar, Schedule, UpdateRule
from framework import fraction, hookimpl, hyperparameter, positive, value

@dataclass(frozen=True)
class Rolling(UpdateRule):
    "Rolls."
    learning_rate: Scalar = positive(0.1, "rate")
    momentum: Scalar = fraction(0.9, "momentum")
    state = ()
    def step(self, step, p, g, state, scratch):
        p -= value(self.learning_rate, step) * g * value(self.momentum, step)

@dataclass(frozen=True)
class Text(Schedule):
    "Gives no number."
    def at(self, step):
        return "0.1"

@hookimpl
def framework_update_rules():
    return {"rolling": Rolling}

@hookimpl
def framework_schedules():
    return {"text": Text}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "rolling.py").write_text(ROLLING)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["l1", "l2"])
def test_a_penalty_that_is_chosen_costs_something(folder, name):
    runs = [
        fw.train(*QUICK, f"layer/regularizer={choice}", directory=choice)
        for choice in ("none", name)
    ]
    assert runs[0].losses.tobytes() != runs[1].losses.tobytes()


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ("{name: cosine, steps: 9999}", "goes from 0.1 to 0.1 in this run's 10 steps; it ends at"),
        ("{name: linear, first: 0.1, last: 0.2, steps: 11}", "ends at step 11, which is never"),
        ("{name: exponential, steps: 100000}", "in this run's 10 steps: it hardly changes"),
        ("cosine", ""),
        ("{name: exponential, steps: 5}", ""),
    ],
)
def test_a_schedule_that_hardly_moves_in_the_run_is_said(folder, caplog, schedule, said):
    with caplog.at_level(logging.WARNING, "framework"):
        fw.train(*QUICK, f"{RATE}={schedule}", directory="run")
    lines = [r.getMessage() for r in caplog.records if "schedule" in r.getMessage()]
    assert len(lines) == (1 if said else 0)  # and not one for each layer
    assert all(said in line for line in lines)
    assert all(line.startswith("layer '") for line in lines)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("momentum={name: linear, first: 0.5, last: 2, steps: 5}", r"gives 1\.1 at step 2; must"),
        ("momentum={name: linear, first: 0.5, last: 1, steps: 9}", r"gives 1 at step 9; must be"),
        (
            "momentum={name: cosine, first: 3}",
            r"update rule 'rolling': momentum: schedule 'cosine'",
        ),
        ("learning_rate={name: text}", "schedule 'text' gives '0.1' at step 0"),
        ("learning_rate={name: linear, first: 0, last: 0.1, steps: 5}", ""),
    ],
)
def test_a_schedule_is_held_to_its_fields_range(folder, values, said):
    rule = (
        "~layer.update_rule",
        "+layer.update_rule={name: rolling}",
        f"++layer.update_rule.{values}",
    )
    arguments = (*QUICK, "plugins=[rolling]", *rule)
    if not said:
        fw.train(*arguments, directory="run")
        return
    with pytest.raises(fw.FrameworkError, match=said):
        fw.train(*arguments, directory="run")
    assert not (folder / "run").exists()


FIELD = """
from dataclasses import dataclass
from framework import *
@dataclass(frozen=True)
class Odd({kind}):
    "Has a field that nobody could set."
    {field}: float = positive(1.0, "what")
@hookimpl
def {hook}():
    return {{"odd": Odd}}
"""


@pytest.mark.parametrize(
    ("kind", "hook", "field"),
    [
        ("Layer", "framework_layers", "initializer"),
        ("Layer", "framework_layers", "update_rule"),
        ("Layer", "framework_layers", "name"),
        ("Loss", "framework_losses", "defaults"),
        ("Job", "framework_jobs", "plugins"),
        ("Job", "framework_jobs", "job"),
    ],
)
def test_a_field_that_no_key_could_reach_is_refused(folder, kind, hook, field):
    (folder / "odd.py").write_text(FIELD.format(kind=kind, hook=hook, field=field))
    with pytest.raises(fw.PluginError, match=f"odd: a field cannot be called '{field}', "):
        Registry().load_modules(["odd"])
    import sys

    del sys.modules["odd"]


HOOKS = """
from dataclasses import dataclass
from framework import Callback, hookimpl
@dataclass(frozen=True)
class Deaf(Callback):
    "Hears nothing."
    {method}
@hookimpl
def framework_callbacks():
    return {{"deaf": Deaf}}
{function}
"""


@pytest.mark.parametrize(
    ("method", "function", "said"),
    [
        ("def framework_epoch_ended(self): ...", "", r"Deaf\.framework_epoch_ended is not marked"),
        ("def framework_epoch_endd(self): ...", "", "no hook; did you mean 'framework_epoch_ended"),
        ("@staticmethod\n    def framework_state(): ...", "", "framework_state is not marked"),
        ("", "def framework_layers(): return {}", "framework_layers is not marked as a hook"),
        ("", "def framework_layer(): return {}", "no hook; did you mean 'framework_layers'"),
        ("", "def framework_run_ended(): ...", "framework_run_ended is an event"),
    ],
)
def test_a_hook_that_would_never_be_called_is_refused(folder, method, function, said):
    module = folder / "deaf.py"
    module.write_text(HOOKS.format(method=method, function=function))

    def importer() -> Any:
        import runpy
        import types

        module_ = types.ModuleType("deaf")
        vars(module_).update(runpy.run_path(str(module), run_name="deaf"))
        return module_

    with pytest.raises(fw.PluginError, match=said):
        load(importer, Loading())


LISTENER = """
from dataclasses import dataclass
from framework import Callback, hookimpl
class Ears:
    {method}
@dataclass(frozen=True)
class Deaf(Callback):
    "Hears nothing."
    {own}
    def listener(self, run):
        return Ears()
@hookimpl
def framework_callbacks():
    return {{"deaf": Deaf}}
"""


@pytest.mark.parametrize(
    ("method", "own", "said"),
    [
        ("def framework_epoch_ended(self): ...", "", "is not marked as a hook"),
        ("def framework_epochs_ended(self): ...", "", "no hook; did you mean 'framework_epoch_end"),
        (
            "x = 1",
            "@hookimpl\n    def framework_run_ended(self): ...",
            "listener.. gives an object",
        ),
    ],
)
def test_nor_may_a_listener_be_deaf(folder, method, own, said):
    (folder / "deaf.py").write_text(LISTENER.format(method=method, own=own))
    import sys

    sys.modules.pop("deaf", None)
    with pytest.raises(fw.PluginError, match=said):
        fw.train(*QUICK, "plugins=[deaf]", "+callbacks.x.name=deaf", directory="run")
    assert not (folder / "run").exists()


@dataclass(frozen=True)
class Fields:
    """Fields of many types."""

    pair: tuple[int, int] = (1, 2)
    mixed: tuple[int, str] = (1, "a")
    many: tuple[int, ...] = ()
    level: Literal[1, 2] = 1
    switch: Literal[1, True] = 1
    either: int | Literal["auto", "off"] = 1
    several: float | tuple[float, float] = 1.0
    listed: list[int] = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ({"pair": [1, 2], "mixed": [1, "b"], "many": [1, 2, 3], "level": 2}, ""),
        ({"either": "off", "several": [1, 2.5], "switch": True}, ""),
        ({"pair": [1, 2, 3]}, "pair: expected a list of 2, got [1, 2, 3]"),
        ({"pair": [1]}, "pair: expected a list of 2, got [1]"),
        ({"mixed": ["a", 1]}, "mixed[0]: expected an integer, got 'a'"),
        ({"level": 3}, "level: must be one of 1, 2, got 3"),
        ({"level": True}, "level: must be one of 1, 2, got True"),
        ({"level": "1"}, "level: must be one of 1, 2, got '1'"),
        ({"either": True}, "either: expected an integer or 'auto' or 'off', got True"),
        ({"either": "of"}, "either: must be one of auto, off, got 'of'; did you mean 'off'?"),
        ({"several": [1, 2, 3]}, "several: expected a list of 2"),
        (
            {"listed": [1]},
            "listed: is declared with a type that no configuration can give, list[int",
        ),
    ],
)
def test_fields_take_what_they_declare(registry, node, said):
    reader = Reader(registry)
    reader.fields(Fields, node, "")
    assert "\n".join(reader.problems).startswith(said)
    assert bool(reader.problems) == bool(said)


def test_a_range_over_time_may_be_touched_from_above_only():
    assert FieldInfo("", above=0).over_time().problem(0.0) is None
    assert FieldInfo("", at_least=0, below=1).over_time().problem(1.0) is not None
    assert FieldInfo("", at_least=0.5).over_time().problem(0.0) is not None


SHADOWED = """
from dataclasses import dataclass
import numpy as np
from framework import Layer, hookimpl
@dataclass(frozen=True)
class Twice(Layer):
    "Has two arrays of one name."
    def {what}(self, *arguments):
        return {{"{name}": np.zeros(1)}}
    def state(self, inputs):
        return {{"mean": np.zeros(1)}}
@hookimpl
def framework_layers():
    return {{"twice": Twice}}
"""


@pytest.mark.parametrize(("what", "name"), [("scratch", "mean"), ("scratch", "rng")])
def test_an_array_that_another_would_hide_is_refused(folder, what, name):
    import sys

    sys.modules.pop("twice", None)
    (folder / "twice.py").write_text(SHADOWED.format(what=what, name=name))
    with pytest.raises(fw.PluginError, match=f"two of its arrays are called '{name}'"):
        fw.train(*QUICK, "plugins=[twice]", "model.activation=twice", directory="run")
