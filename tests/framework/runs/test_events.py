"""Whatever a callback raises, wherever: the run comes to its end, and to the same weights."""

from __future__ import annotations

import numpy as np
import pytest

import framework as fw

QUICK = (
    *("data=spirals", "data.points=120", "trainer.batch_size=24", "trainer.epochs=2"),
    *("model.hidden=[4]", "callbacks=none", "checkpoint.steps=3"),
)
RAISING = """
import asyncio
from dataclasses import dataclass
import numpy as np
from framework import Callback, DataError, PluginError, hookimpl, hyperparameter

class Arrays(BaseException):
    pass

@dataclass(frozen=True)
class Raising(Callback):
    'Raises.'
    what: str = hyperparameter('', 'what')
    def listener(self, run):
        def hook(name):
            @hookimpl(specname=f'framework_{name}')
            def raises(run):
                if self.what == 'predict':
                    run.network.predict(np.array(['text']))
                raise {
                    'data': DataError, 'plugin': PluginError, 'own': Own, 'exit': SystemExit,
                    'cancelled': asyncio.CancelledError, 'deep': RecursionError,
                }[self.what]('no')
            return staticmethod(raises)
        events = ('run_started', 'state', 'run_resumed', 'epoch_started', 'epoch_ended',
                  'steps_ended', 'training_ended', 'run_ended')
        event, _, what = self.what.partition(' ')
        object.__setattr__(self, 'what', what)
        return type('Listener', (), {f'framework_{event}': hook(event)})()

@hookimpl
def framework_callbacks():
    return {'raising': Raising}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "raising.py").write_text(RAISING)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "what",
    [
        *("run_started data", "state plugin", "epoch_started own", "epoch_ended predict"),
        *("steps_ended cancelled", "training_ended deep", "run_ended exit"),
    ],
)
@pytest.mark.sampled(3)
def test_it_costs_no_run(folder, what):
    plain = fw.train(*QUICK, directory="plain")
    arrays = ("plugins=[raising]", "+callbacks.x.name=raising", f"+callbacks.x.what='{what}'")
    run = fw.train(*QUICK, *arrays, directory="run")
    (line,) = run.failures
    assert line.startswith(f"callbacks.x (raising) failed in framework_{what.split()[0]}: ")
    assert len(run.summary["failed_callbacks"]) == 1
    for name, array in plain.network.parameters().items():
        np.testing.assert_array_equal(array, run.network.parameters()[name])


def test_nor_when_it_is_gone_on_with(folder):
    arrays = (
        "plugins=[raising]",
        "+callbacks.x.name=raising",
        "+callbacks.x.what='run_resumed own'",
    )
    assert not fw.train(*QUICK, *arrays, directory="run").failures
    resumed = fw.resume("run", "trainer.epochs=3", "plugins=[raising]")
    assert len(resumed.failures) == 1
    assert resumed.summary["epochs"] == 3
