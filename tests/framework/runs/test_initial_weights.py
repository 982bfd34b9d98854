"""A run starts from another's weights: all of them, or those of some layers."""

import contextlib
import shutil
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import framework as fw
from framework.engine.network import Network
from framework.engine.plan import LayerPlan
from framework.errors import ConfigurationError, RunError
from framework.runs.initial_weights import InitialNetwork, take_over
from framework.runs.load import load_network
from framework.settings.initial import InitialSettings
from framework.testing.stand_in_callbacks import Crash
from framework.testing.tiny_run import registry_with, run_in, tiny, trained_by


def run(folder, path=None, crash=None, resume="never", rule=None):
    registry = registry_with(Crash(), *([rule, rule.inner] if rule else []))
    settings = tiny(registry, (6,))
    return run_in(
        folder,
        registry,
        settings,
        resume=resume,
        layers=trained_by(settings.layers, update_rule=rule) if rule else settings.layers,
        checkpoint=replace(settings.checkpoint, epochs=None, steps=4),
        initial=InitialSettings(None if path is None else str(path), "last"),
        callbacks={} if crash is None else {"crash": Crash(step=crash)},
    )


def network(seed, make, outputs=3, hidden=4):
    """Two dense layers with a batch norm and an activation between."""
    training = tiny(registry_with(), (6,)).layers[0].training
    layers = {
        "hidden": make("layer", "dense", units=hidden),
        "norm": make("layer", "batch_norm"),
        "relu": make("layer", "relu"),
        "output": make("layer", "dense", units=outputs),
    }
    plans = [LayerPlan(label, layer, training) for label, layer in layers.items()]
    made = Network(plans, (6,), "float32", np.random.SeedSequence(seed))
    made.layers[1].state.running_mean[...] = seed
    return made


def arrays(of):
    return {name: array.tobytes() for name, array in (of.parameters() | of.state()).items()}


def initial(of, layers=None):
    return InitialNetwork(of, "there", {}, layers)


def test_a_run_starts_from_the_weights_of_another_even_when_that_is_gone(tmp_path):
    source, whole = run(tmp_path / "source"), run(tmp_path / "whole", tmp_path / "source")
    assert whole.losses[:3].mean() < source.losses[:3].mean()
    about = whole.summary["initial"]
    assert (about["source"], about["which"]) == (str(tmp_path / "source"), "last")
    for step in (2, 6):  # ahead of the first checkpoint that has steps, and behind it
        with contextlib.suppress(KeyboardInterrupt):
            run(tmp_path / f"killed_{step}", tmp_path / "source", crash=step)
    shutil.rmtree(tmp_path / "source")
    for step in (2, 6):
        place, path = tmp_path / f"killed_{step}", tmp_path / "source"
        resumed = run(place, path, crash=step, resume="auto")
        assert resumed.losses.tobytes() == whole.losses.tobytes()
        assert resumed.summary["initial"] == about
        assert resumed.summary["figures"] == whole.summary["figures"]
    with pytest.raises(RunError, match=r"initial.path: .*source: there is no such run or file"):
        run(tmp_path / "later", path)
    assert not (tmp_path / "later").exists()


def test_averages_of_a_rule_begin_at_the_weights_that_are_taken_over(tmp_path, make):
    """`ema` is measured by its average, which would be one of weights that were drawn."""
    inner = make("update_rule", "sgd", learning_rate=1e-30)
    run(tmp_path / "source")
    source = load_network(tmp_path / "source", "last", registry_with())
    ema = make("update_rule", "ema", inner=inner, decay=0.99)
    kept = run(tmp_path / "run", tmp_path / "source", rule=ema).network
    for name, array in kept.parameters().items():
        np.testing.assert_allclose(array, source.parameters()[name], rtol=1e-6)


def test_all_that_layers_keep_comes_along(make):
    source, here = network(1, make), network(2, make)
    assert arrays(source) != arrays(here)
    assert take_over(here, initial(source)) == {"hidden", "norm", "output"}
    assert arrays(source) == arrays(here)


def test_some_layers_alone_where_the_last_has_another_size(make):
    source, here = network(1, make), network(2, make, outputs=5)
    before = arrays(here)
    with pytest.raises(ConfigurationError) as error:
        take_over(here, initial(source))
    assert str(error.value) == (
        "initial.path: there does not fit: weights of its layer 'output' are [4, 3], this run's"
        " [4, 5]; initial.layers=[hidden,norm] takes over what fits"
    )
    assert arrays(here) == before
    take_over(here, initial(source, ("hidden", "norm")))
    for name, array in arrays(here).items():
        assert array == (before if "output" in name else arrays(source))[name]


@pytest.mark.parametrize(
    ("layers", "line"),
    [
        (("hiden",), "initial.layers: layer 'hiden' is not there; did you mean 'hidden'?"),
        (("relu",), "initial.layers: layer 'relu' has nothing to take over; "),
        (("output",), "it has no layer 'output'"),
        (None, "it has a layer 'last', and this run's network has not"),
    ],
)
def test_what_is_not_there_is_a_line(make, layers, line):
    source, here = network(1, make), network(2, make)
    source.layers[3] = replace(source.layers[3], label="last")
    with pytest.raises(ConfigurationError) as error:
        take_over(here, initial(source, layers))
    assert line in str(error.value)


@pytest.mark.slow
def test_python_gives_a_run_a_network_or_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    x, y = rng.normal(3, 2, (200, 5)), rng.integers(0, 3, 200)
    layers = [{"name": "dense", "units": 4}, "act_norm", "relu", "dense"]
    still: dict[str, Any] = {
        "update_rule": "sgd",
        "learning_rate": 1e-30,
        "epochs": 1,
        "layers": layers,
    }
    source = fw.fit(x, y, callbacks="none", transforms=["standardize"], **still)
    (tmp_path / "n").mkdir()
    fw.write_network(source, tmp_path / "n" / "n.safetensors")
    for given in (source, tmp_path / "n" / "n.safetensors"):
        run = fw.fit(x * 7, y, callbacks="none", transforms=["standardize"], initial=given, **still)
        for name, array in (run.network.parameters() | run.network.state()).items():
            was = (source.network.parameters() | source.network.state())[name]
            np.testing.assert_allclose(array, was, atol=1e-20)
        memory = "initial: a network given from Python" in run.summary["only_in_python"]
        assert memory == (not isinstance(given, type(tmp_path)))
    with pytest.raises(ConfigurationError, match="expected a run, a network, or the path of one"):
        fw.fit(x, y, initial=3)
