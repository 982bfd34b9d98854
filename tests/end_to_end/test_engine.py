"""trainer.engine: what takes the steps, what is said of it, what a run resumes to."""

import json
from pathlib import Path

import numpy as np
import pytest

import framework as fw
from framework.training import engine

pytest.importorskip("numba")
S = [
    *("data=npz", "data.path=d.npz", "model.hidden=[8]", "layer=dense_xavier"),
    *("layer/update_rule=rmsprop", "callbacks=none", "trainer.epochs=2", "trainer.batch_size=20"),
]
ENGINES = ("numpy", "numba")
OWN = """
from dataclasses import dataclass
from framework import Scalar, UpdateRule, hookimpl, positive

@dataclass(frozen=True)
class Table(UpdateRule):
    learning_rate: Scalar = positive(0.1, "step size")

    @staticmethod
    def formula(p, g, learning_rate):
        return p - learning_rate * AT[0] * g

@dataclass(frozen=True)
class Bare(Table):
    def step(self, step, p, g, state, scratch):
        p -= 0.1 * g

AT = [1.0]

@hookimpl
def framework_update_rules():
    return {"table": Table, "bare": Bare}
"""


@pytest.fixture(autouse=True)
def here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 4))
    np.savez("d.npz", inputs=x, targets=(x[:, 0] > 0).astype(np.int64))
    return tmp_path


def engine_of(folder: str) -> str:
    summary = json.loads((Path(folder) / "summary.json").read_text())
    return str(summary["machine"]["engine"])


@pytest.mark.slow
def test_a_run_says_its_engine_and_resumes_to_the_same_bytes():
    whole = fw.train(*S, "trainer.engine=numba", "trainer.epochs=3", "hydra.run.dir=whole")
    fw.train(*S, "trainer.engine=numba", "hydra.run.dir=parts")
    options = ("trainer.engine=numba", "trainer.epochs=3", "trainer.resume=auto")
    parts = fw.train(*S, *options, "hydra.run.dir=parts")
    for name, array in whole.network.parameters().items():
        np.testing.assert_array_equal(array, parts.network.parameters()[name])
    assert engine_of("whole").startswith("numba ")
    by_numpy = fw.train(*S, "trainer.epochs=3", "hydra.run.dir=auto")
    assert engine_of("auto") == "numpy"
    for name, array in whole.network.parameters().items():
        np.testing.assert_allclose(array, by_numpy.network.parameters()[name], rtol=1e-4)


@pytest.mark.slow
def test_resuming_with_another_engine_is_said(caplog):
    fw.train(*S, "trainer.engine=numpy", "hydra.run.dir=run")
    options = ("trainer.engine=numba", "trainer.epochs=3", "trainer.resume=changed")
    fw.train(*S, *options, "hydra.run.dir=run")
    (line,) = (x for x in caplog.messages if "figures may differ" in x)
    assert line.startswith("the engine that takes the steps was numpy and is numba ")


@pytest.mark.slow
def test_it_is_chosen_where_it_pays(monkeypatch):
    run = fw.train(*S, "hydra.run.dir=small")
    assert engine_of("small") == "numpy"
    monkeypatch.setattr(engine, "_ELEMENTS_PAY", run.network.count() * run.trainer.steps)
    fw.train(*S, "hydra.run.dir=large")
    assert engine_of("large").startswith("numba ")
    plain = [s.replace("rmsprop", "sgd") for s in S]
    fw.train(*plain, "hydra.run.dir=sgd")
    assert engine_of("sgd") == "numpy"
    monkeypatch.setattr(engine, "_STEPS_PAY", run.trainer.steps)
    fw.train(*plain, "hydra.run.dir=steps")
    assert engine_of("steps").startswith("numba ")
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    fw.train(*S, "hydra.run.dir=without")
    assert engine_of("without") == "numpy"


def test_what_it_cannot_do_is_said_before_training(here, monkeypatch, caplog):
    (here / "mine_of_engines.py").write_text(OWN)
    mine = [*(s for s in S if "rmsprop" not in s), "plugins=[mine_of_engines]"]
    mine += ["layer/update_rule=table"]
    with pytest.raises(fw.ConfigurationError) as caught:
        fw.train(*mine, "trainer.engine=numba", "hydra.run.dir=asked")
    assert str(caught.value) == (
        "trainer.engine=numba: the formula of Table: it uses 'AT', which is neither a module such"
        " as numpy nor a number; expected trainer.engine=auto, or numpy"
    )
    bare = [*mine[:-1], "layer/update_rule=bare"]
    with pytest.raises(fw.ConfigurationError, match="Bare states no formula of single elements"):
        fw.train(*bare, "trainer.engine=numba", "hydra.run.dir=asked")
    assert not Path("asked").exists()
    monkeypatch.setattr(engine, "_ELEMENTS_PAY", 0)
    fw.train(*mine, "hydra.run.dir=auto")
    assert engine_of("auto") == "numpy"
    (line,) = (x for x in caplog.messages if "numpy runs it" in x)
    assert line.startswith("the formula of Table: it uses 'AT'")
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    with pytest.raises(fw.ConfigurationError, match="Numba is not installed; expected `pip"):
        fw.train(*S, "trainer.engine=numba", "hydra.run.dir=asked")


@pytest.mark.slow
@pytest.mark.parametrize(
    "rule",
    [
        "adamw layer.update_rule.weight_decay=5",
        "lion layer.update_rule.weight_decay=5",
        "ema",
        "lamb",
    ],
)
def test_weights_decay_and_are_averaged_alike(rule):
    name, *fields = rule.split()
    inner = ["layer.update_rule.inner=adamw"] * (name == "ema")
    options = [*(s for s in S if "rmsprop" not in s), f"layer/update_rule={name}", *fields, *inner]
    options += ["dtype=float64", "trainer.clip_norm=1", "trainer.accumulate=2"]
    runs = {e: fw.train(*options, f"trainer.engine={e}", f"hydra.run.dir={e}") for e in ENGINES}
    arrays = {e: runs[e].network.parameters() for e in ENGINES}
    for parameter, array in arrays["numpy"].items():
        np.testing.assert_allclose(arrays["numba"][parameter], array, rtol=1e-9)


NETWORKS = {
    "a remainder, a schedule, L2": [
        *("trainer.batch_size=32", "layer=dense_l2", "layer/update_rule=sgd"),
        "layer.update_rule.learning_rate={name: cosine, first: 0.1}",
    ],
    "batches of one": ["trainer.batch_size=1", "layer/update_rule=sgd", "trainer.epochs=1"],
    "dropout, a residual block": [
        "model=sequential",
        "model.layers=[{name: dense, units: 8}, {name: tanh}, {name: dropout, rate: 0.2},"
        " {name: residual, layers: [{name: dense, units: 8}, {name: elu}]}, {name: dense}]",
    ],
    "one output for two labels": ["loss=binary_cross_entropy", "metrics=binary"],
    "a loss without a formula": ["loss=focal", "model.activation=sigmoid"],
    "class weights, gradients in parts": ["trainer.class_weight=balanced", "trainer.accumulate=3"],
    "smoothing that changes": ["loss.smoothing={name: linear, first: 0.2, last: 0.0}"],
}


@pytest.mark.slow
@pytest.mark.parametrize("options", NETWORKS.values(), ids=NETWORKS)
def test_both_engines_come_to_the_same(options):
    base = [o for o in S if "model=sequential" not in options or "model." not in o]
    runs = {
        e: fw.train(*base, *options, "dtype=float64", f"trainer.engine={e}", f"hydra.run.dir={e}")
        for e in ENGINES
    }
    np.testing.assert_allclose(runs["numba"].trainer.losses, runs["numpy"].trainer.losses, 1e-9)
    arrays = {e: runs[e].network.parameters() for e in ENGINES}
    for parameter, array in arrays["numpy"].items():
        np.testing.assert_allclose(arrays["numba"][parameter], array, rtol=1e-8, atol=1e-12)


LAYER = """
from dataclasses import dataclass
import numpy as np
from framework import Layer, hookimpl, positive

@dataclass(frozen=True)
class Bent(Layer):
    bend: float = positive(0.5, "how far it is bent")

    @staticmethod
    def formula(x, bend):
        return x + bend * HELPER

    @staticmethod
    def gradient_formula(g):
        return g

HELPER = 0.25

@hookimpl
def framework_layers():
    return {"bent": Bent}
"""


def test_a_strangers_formula_is_run_as_it_is_and_compiled(here, caplog):
    (here / "bent_layers.py").write_text(LAYER)
    options = [*S, "plugins=[bent_layers]", "model.activation=bent", "trainer.epochs=1"]
    runs = {e: fw.train(*options, f"trainer.engine={e}", f"hydra.run.dir={e}") for e in ENGINES}
    np.testing.assert_allclose(runs["numba"].trainer.losses, runs["numpy"].trainer.losses, 1e-4)
    (here / "bent_layers.py").write_text(LAYER.replace("= 0.25", "= [0.25]"))
    (here / "bent_layers.py").rename(here / "bent_otherwise.py")
    options = [o.replace("bent_layers", "bent_otherwise") for o in options]
    with pytest.raises(fw.ConfigurationError) as caught:
        fw.train(*options, "trainer.engine=numba", "hydra.run.dir=refused")
    assert str(caught.value).startswith(
        "trainer.engine=numba: a formula of Bent: it uses 'HELPER', which is neither a module such"
    )


HALF = """
from dataclasses import dataclass
import numpy as np
from framework import Layer, hookimpl

@dataclass(frozen=True)
class Half(Layer):
    def scratch(self, x, out):
        return {"slope": np.zeros_like(x)}

    @staticmethod
    def formula(x):
        return np.tanh(x)

    def forward(self, x, out, arrays):
        np.tanh(x, out=out)
        np.subtract(1, out * out, out=arrays.slope)
        return out

    def input_gradient(self, x, y, g, out, arrays):
        return g * arrays.slope

@hookimpl
def framework_layers():
    return {"half": Half}
"""


def test_a_way_back_that_needs_what_forward_kept_has_it(here):
    """Only one of the two ways has a formula: then neither is machine code."""
    (here / "half_layers.py").write_text(HALF)
    options = [*S, "plugins=[half_layers]", "model.activation=half", "trainer.epochs=1"]
    runs = {e: fw.train(*options, f"trainer.engine={e}", f"hydra.run.dir={e}") for e in ENGINES}
    np.testing.assert_allclose(runs["numba"].trainer.losses, runs["numpy"].trainer.losses, 1e-4)
