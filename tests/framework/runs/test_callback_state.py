"""What callbacks keep: anything made of arrays, numbers, texts, lists and dicts, and no more."""

from __future__ import annotations

import numpy as np
import pytest

import framework as fw
from framework.runs import callback_state, checkpoint_file
from framework.runs.callback_state import join_state, split_state
from framework.runs.choose_checkpoint import checkpoints

QUICK = (
    *("data=spirals", "data.points=120", "trainer.batch_size=24", "trainer.epochs=2"),
    *("model.hidden=[4]", "callbacks=none", "metrics=classification"),
)
KEEPER = """
from dataclasses import dataclass
import numpy as np
from framework import Callback, hookimpl, hyperparameter, write_text

@dataclass(frozen=True)
class Keeper(Callback):
    'Wants to keep this and that.'
    what: str = hyperparameter('nested', 'what')
    @hookimpl
    def framework_state(self, run):
        endless = {}
        endless['self'] = endless
        return {
            'nested': {'averages': {'a': np.arange(3.0), 'b': [np.ones((2, 2)), 'text', None]}},
            'object': {'a': object()},
            'objects': {'a': np.array([object()] * 100000)},
            'list': [1],
            'key': {'a': [{'b': {1: 2}}]},
            'masked': {'a': {'b': np.ma.array([1.0, 2.0], mask=[0, 1])}},
            'set': {'a': {'b': [np.zeros(10), {1}]}},
            'itself': endless,
            'large': {'log': 'x' * (13 << 20)},
        }[self.what]
    @hookimpl
    def framework_run_resumed(self, run, state):
        write_text(run.directory / 'resumed.txt', repr(state))

@hookimpl
def framework_callbacks():
    return {'keeper': Keeper}
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    (tmp_path / "keeper.py").write_text(KEEPER)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)

    def train(what: str) -> fw.Run:
        own = ("plugins=[keeper]", "+callbacks.x.name=keeper", f"+callbacks.x.what={what}")
        return fw.train(*QUICK, *own, directory="run")

    return train


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"a": np.arange(3), "n": 1, "x": 0.5, "t": "é\ud800", "b": True, "none": None},
        {"a": {"b": np.zeros(2), "c": {"d": np.ones((2, 3), "f4")}}, "a/b": np.full(1, 7)},
        {"l": [np.zeros(1), {"x": [np.ones(2), 3]}, []], "float": float("inf"), "0": np.array(5)},
        {"s": np.float32(0.5), "i": np.int64(3), "deep": [[[[np.array([1, 2], "u1")]]]]},
    ],
)
def test_it_comes_back_from_a_file_as_it_was(tmp_path, state):
    kept = split_state(state)
    assert kept is not None
    content = checkpoint_file.Checkpoint(kept.arrays, {"state": kept.about()})
    checkpoint_file.write(tmp_path / "x", content)
    read = checkpoint_file.read(tmp_path / "x")
    np.testing.assert_equal(join_state(read.about["state"], read.arrays), state)
    assert list(join_state(read.about["state"], read.arrays)) == list(state)


@pytest.mark.parametrize("paths", [{"a": ["b", 9]}, {"a": [0]}, {"a": []}, {"a": ["t", 0]}, 5])
def test_a_state_that_was_meddled_with_is_refused(paths):
    about = {"plain": {"b": [1], "t": "x"}, "arrays": ["a"], "paths": paths}
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        join_state(about, {"a": np.zeros(1)})


def test_nested_arrays_are_given_back_at_resume(run, tmp_path):
    run("nested")
    resumed = fw.resume(tmp_path / "run", "trainer.epochs=3", "plugins=[keeper]")
    assert not resumed.failures
    expected = {"averages": {"a": np.arange(3.0), "b": [np.ones((2, 2)), "text", None]}}
    assert (tmp_path / "run" / "resumed.txt").read_text() == repr(expected)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("object", "state['a'] is of type 'object'; expected arrays"),
        ("objects", "state['a'] is an array of object"),
        ("list", "the state is of type 'list'; expected a dict"),
        ("key", "state['a'][0]['b'] has a key of type 'int'"),
        ("masked", "state['a']['b'] is of type 'MaskedArray'"),
        ("set", "state['a']['b'][1] is of type 'set'"),
        ("itself", "is nested too deeply, or holds itself"),
        ("large", "the state has 14 MB of strings and names; a checkpoint can hold 13 MB"),
    ],
)
@pytest.mark.sampled(3)
def test_what_cannot_be_kept_is_said_with_its_name_and_costs_no_run(run, tmp_path, what, said):
    finished = run(what)
    (line,) = finished.failures
    assert line.startswith("callbacks.x (keeper) failed in framework_state: ")
    assert said in line
    assert len(line) < 250
    assert finished.summary["epochs"] == 2
    for path in checkpoints(tmp_path / "run"):
        checkpoint_file.read(path)
    assert (
        fw.resume(tmp_path / "run", "trainer.epochs=3", "plugins=[keeper]").summary["epochs"] == 3
    )


def test_the_largest_states_are_left_out_and_the_others_kept(monkeypatch):
    states = {
        n: split_state({"a": np.zeros(size)}) for n, size in (("x", 10), ("y", 1000), ("z", 500))
    }
    kept = {name: state for name, state in states.items() if state is not None}
    assert callback_state.too_large(kept, 20000) is None
    found = callback_state.too_large(kept, 10000)
    assert found is not None
    assert found[0] == "y"


def test_a_header_that_could_not_be_read_is_not_written(tmp_path):
    content = checkpoint_file.Checkpoint({"a": np.zeros(1)}, {"log": "x" * (17 << 20)})
    with pytest.raises(fw.RunError, match="its header would have"):
        checkpoint_file.write(tmp_path / "x", content)
    assert not list(tmp_path.iterdir())
