"""`framework.fit` and `train` with values from Python: arrays, keywords, instances."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar

import numpy as np
import pytest

import framework as fw

_BUILT_IN = import_module("framework.plugins")
Dense = _BUILT_IN.framework_layers()["dense"]
MeanSquaredError = _BUILT_IN.framework_losses()["mean_squared_error"]
Linear = _BUILT_IN.framework_schedules()["linear"]
SGD = _BUILT_IN.framework_update_rules()["sgd"]
WEIGHTS = ["callbacks=none", "+callbacks.weights.name=weights"]


@dataclass(frozen=True)
class Cube(fw.Layer):
    """Y = a X³."""

    factor: float = fw.hyperparameter(1.0, "the factor a", above=0)

    def forward(self, x, out, arrays):
        return self.factor * x**3

    def input_gradient(self, x, y, g, out, arrays):
        return g * 3 * self.factor * x * x


@dataclass(frozen=True)
class Halved(fw.Callback):
    """Evaluates half of each parameter."""

    changes_training: ClassVar[bool] = True

    @fw.hookimpl
    def framework_training_ended(self, run):
        run.evaluate_with({n: a / 2 for n, a in run.network.parameters().items()})


@dataclass(frozen=True)
class HoldsAnything(fw.Layer):
    """Y = X."""

    thing: object = None

    def forward(self, x, out, arrays):
        return x

    def input_gradient(self, x, y, g, out, arrays):
        return g


def arrays(rows: int = 120) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((rows, 3))
    return inputs, (inputs[:, 0] > 0).astype(int)


def bytes_of(run: fw.Run) -> list[bytes]:
    return [array.tobytes() for array in run.network.parameters().values()]


def test_a_fit_is_the_run_that_the_same_file_makes(tmp_path):
    inputs, targets = arrays()
    np.savez(tmp_path / "mine.npz", inputs=inputs, targets=targets)
    given = ("data=npz", f"data.path={tmp_path / 'mine.npz'}", "trainer.epochs=2", "seed=4")
    run = fw.train(*given, "model.hidden=[5]", *WEIGHTS, directory=tmp_path / "file")
    for name, (x, y) in {
        "lists": (inputs.tolist(), targets.tolist()),
        "a": (inputs, targets),
    }.items():
        fitted = fw.fit(
            x,
            y,
            epochs=2,
            seed=np.int64(4),
            hidden=[5],
            overrides=WEIGHTS,
            directory=tmp_path / name,
        )
        assert bytes_of(fitted) == bytes_of(run)
        assert fitted.summary["figures"] == run.summary["figures"]
        assert fitted.summary["only_in_python"] == ["data: arrays given from Python"]
    assert "only_in_python" not in run.summary
    trained = fw.train("trainer.epochs=2", data=(inputs, targets), seed=4, model={"hidden": [5]},
                       callbacks="none", directory=tmp_path / "train")  # fmt: skip
    assert bytes_of(trained) == bytes_of(run)


def test_splits_are_those_that_are_given(tmp_path):
    inputs, targets = arrays()
    held_out: dict[str, Any] = {
        "validation": (inputs[:20], targets[:20]),
        "test": (inputs[:9], targets[:9]),
    }
    run = fw.fit(
        inputs, targets, **held_out, epochs=1, callbacks="none", directory=tmp_path / "run"
    )
    assert [len(split) for split in run.data.splits().values()] == [120, 20, 9]


@pytest.mark.slow
def test_a_fit_that_was_stopped_is_resumed_by_the_same_call(tmp_path):
    inputs, targets = arrays()
    kept: dict[str, Any] = {"hidden": [4], "overrides": WEIGHTS, "activation": Cube(0.1)}
    whole = fw.fit(inputs, targets, epochs=3, directory=tmp_path / "whole", **kept)
    fw.fit(inputs, targets, epochs=2, directory=tmp_path / "run", **kept)
    resumed = fw.fit(inputs, targets, epochs=3, resume="auto", directory=tmp_path / "run", **kept)
    assert bytes_of(resumed) == bytes_of(whole)
    with pytest.raises(fw.RunError, match="was trained on other data than arrays has now"):
        fw.fit(-inputs, targets, epochs=4, resume="auto", directory=tmp_path / "run", **kept)
    with pytest.raises(fw.PluginError, match=r"framework\.resume\(…, components=\[…\]\) takes"):
        fw.resume(tmp_path / "run", "trainer.epochs=5")
    with pytest.raises(fw.DataError, match=r"arrays are given from Python.*resume='auto'"):
        fw.resume(tmp_path / "run", "trainer.epochs=5", components=[Cube])


def test_instances_stand_wherever_a_component_does(tmp_path):
    inputs, _ = arrays()
    run = fw.fit(
        inputs, inputs[:, :1] * 2, epochs=2, directory=tmp_path / "run", overrides=WEIGHTS,
        layers=[Dense(units=4), Cube(0.2), "tanh", {"name": "dense", "units": 1}],
        loss=MeanSquaredError(), update_rule=SGD(learning_rate=Linear(first=0.1, last=0.01)),
        transforms=["standardize"], dtype="float64",
    )  # fmt: skip
    assert [bound.label for bound in run.network.layers] == [
        *("data.standardize", "dense_1", "cube_2", "tanh_3", "dense_4")
    ]
    assert run.summary["only_in_python"] == [
        "data: arrays given from Python",
        "layer cube: tests.end_to_end.test_fit (given from Python)",
    ]
    rule = run.network.layers[1].views.block.update_rule
    assert isinstance(rule, SGD)
    assert isinstance(rule.learning_rate, Linear)
    with pytest.raises(fw.RunError, match=r"framework\.load\(…, components=\[…\]\) takes classes"):
        fw.load(tmp_path / "run")
    network = fw.load(tmp_path / "run", components=[Cube])
    np.testing.assert_array_equal(network.predict(inputs), run.network.predict(inputs))


@pytest.mark.parametrize("given", [[Halved()], Halved()], ids=["listed", "alone"])
def test_callbacks_that_are_given_join_those_that_are_chosen(tmp_path, given):
    inputs, targets = arrays()
    run = fw.fit(
        inputs, targets, epochs=1, directory=tmp_path / "run", overrides=WEIGHTS, callbacks=given
    )
    assert list(run.settings.callbacks) == ["weights", "halved"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"learning_rate": -1}, r"layer\.update_rule\.learning_rate: must be greater than 0"),
        ({"weights": np.ones(7)}, r"arrays: weights have shape \(7,\); expected \(120,\)"),
        ({"epoch": 3}, r"epoch: there is no such keyword; did you mean 'epochs'\?"),
        ({"optimizer": "adam"}, "optimizer: there is no such keyword; here it is 'update_rule'"),
        ({"epochs": -1}, r"trainer\.epochs: must be at least 1, got -1"),
        ({"activation": Cube}, r"model\.activation: Cube is a class; expected Cube\(…\)"),
        ({"callbacks": [Halved(), Halved()]}, "callbacks: there are two 'halved'; expected a map"),
        ({"layers": [Cube]}, r"model\.layers\[0\]: Cube is a class; expected Cube\(…\)"),
        ({"activation": Cube(-1)}, r"model\.activation\.factor: must be greater than 0, got -1"),
        ({"activation": HoldsAnything(np.zeros(3))}, r"model\.activation\.thing: ndarray '\[0"),
        (
            {"activation": {"name": "tanh"}, "model__activation__x": 1},
            "model__activation__x: model.activation is given whole, by activation=…; expected",
        ),
        ({"layers": ["dense"], "hidden": [5]}, "hidden: model is given whole, by layers=…"),
        (
            {"layers": ["dense"], "model": "mlp_wide"},
            "model: this choice takes no layers; expected",
        ),
        (
            {"layers": ["dense"], "activation": {"name": "tanh"}},
            "activation: model is given whole, by layers=…",
        ),
        (
            {"layers": ["dense"], "overrides": ["model.hidden=[5]"]},
            r"model\.hidden: model is given whole, by layers=…; expected all of it in there",
        ),
        (
            {"loss": {"name": "hinge"}, "overrides": ["loss=huber"]},
            "loss: loss is given whole, by loss=…; expected all of it in there, or no loss",
        ),
        ({"loss": "mse"}, "loss=mse: there is no such choice; one of"),
        ({"validation": 3}, r"data.validation: must be at least 0 and less than 1, got 3"),
        ({"data": "spirals"}, "data: arrays were given, but this dataset loads its own"),
        ({"overrides": "seed=3"}, "overrides: expected a list of overrides, got 'seed=3'"),
    ],
)
@pytest.mark.sampled(6)
def test_what_cannot_be_is_one_line(tmp_path, settings, said):
    inputs, targets = arrays()
    with pytest.raises(fw.FrameworkError, match=said) as caught:
        fw.fit(inputs, targets, directory=tmp_path / "run", **settings)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_targets_that_are_none_and_rows_that_differ_are_one_line(tmp_path):
    inputs, targets = arrays()
    with pytest.raises(fw.DataError, match="targets: there are none"):
        fw.fit(inputs, None)
    with pytest.raises(fw.DataError, match=r"arrays: inputs of shape \(120, 3\) and targets of"):
        fw.fit(inputs, targets[:7], directory=tmp_path / "run")
    with pytest.raises(fw.DataError, match="arrays are given from Python"):
        fw.train("data=arrays", directory=tmp_path / "run")
