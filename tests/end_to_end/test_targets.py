"""What targets mean: data, loss and metrics agree on it before anything is trained."""

import json
from pathlib import Path

import numpy as np
import pytest

import framework as fw
from tests.end_to_end.command import framework

MINE = """
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from framework import Loss, Metric, hookimpl


@dataclass(frozen=True)
class Bent(Loss):
    targets: ClassVar = "values"

    def evaluate(self, z, targets, losses, gradient, arrays):
        d = z - targets
        c = np.clip(d, -1, 1)
        losses[...] = (c * (d - c / 2)).sum(axis=1)
        if gradient is not None:
            gradient[...] = c / len(z)


@dataclass(frozen=True)
class Worst(Metric):
    targets: ClassVar = "values"
    higher_is_better: ClassVar = False

    def start(self, outputs):
        return np.zeros(1)

    def add(self, state, z, targets, losses):
        np.maximum(state, np.abs(z - targets).max(), out=state)

    def result(self, state):
        return float(state[0])


@hookimpl
def framework_losses():
    return {"bent": Bent}


@hookimpl
def framework_metrics():
    return {"worst": Worst}
"""
S = [
    *("data=npz", "data.path=d.npz", "model.hidden=[8]", "layer=dense_xavier"),
    *("callbacks=none", "checkpoint=none", "trainer.epochs=2", "plugins=[mine_of_targets]"),
]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine_of_targets.py").write_text(MINE)
    return tmp_path


def keep(targets: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((len(targets), 4))
    np.savez("d.npz", inputs=inputs, targets=targets)
    return inputs


def labels(rows: int = 200) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 3, rows)


def test_any_loss_of_values_is_ranked_by_a_figure_of_values_and_predicts_values(here):
    inputs = keep(np.random.default_rng(2).standard_normal((200, 2)))
    for loss in ("mean_squared_error", "bent"):
        run = fw.train(*S, f"loss={loss}")
        assert run.score == ("validation_loss", False)
        assert set(run.summary["figures"]) == {f"{s}_loss" for s in ("train", "validation", "test")}
        predicted = run.network.predict(inputs)
        np.testing.assert_array_equal(predicted, run.network.logits(inputs))
        assert predicted.shape == (200, 2)
        assert predicted.dtype == np.float32


def test_a_metric_beside_the_usual_ones_ranks_runs(here):
    keep(np.random.default_rng(2).standard_normal((200, 1)))
    run = fw.train(*S, "loss=bent", "+metrics.worst.name=worst")
    assert run.score == ("validation_worst", False)
    assert list(run.settings.metrics) == ["loss", "worst"]


def test_labels_are_predicted_as_classes_and_ranked_by_accuracy(here):
    inputs = keep(labels())
    run = fw.train(*S)
    assert run.score == ("validation_accuracy", True)
    expected = run.network.logits(inputs).argmax(axis=1)
    np.testing.assert_array_equal(run.network.predict(inputs), expected)


@pytest.mark.parametrize(
    ("targets", "overrides", "said"),
    [
        (labels(), ["loss=bent"], ["loss: bent takes values", "labels", "softmax_cross_entropy"]),
        (
            labels(),
            ["+metrics.mine=worst"],
            ["metrics.mine: worst takes values", "gives labels", "'accuracy', 'auc'"],
        ),
        (
            np.ones((200, 1)),
            ["loss=bent", "metrics=classification"],
            ["metrics.accuracy: accuracy takes labels", "gives values", "float64", "'worst'"],
        ),
        (
            np.eye(3)[labels()],
            [],
            ["loss: softmax_cross_entropy takes labels", "targets.argmax(1)"],
        ),
        (
            labels()[:, None],
            [],
            ["int64 of shape (200, 1)", "targets.astype('int64').ravel() are labels"],
        ),
        (
            labels().astype(float),
            [],
            ["float64 of shape (200,)", "targets.astype('int64').ravel() are labels"],
        ),
        (
            1000 * labels() + 250_000,
            [],
            ["int64 of shape (200,)", "quantities, targets.astype('float64') are values"],
        ),
        (labels() > 0, [], ["bool", "array.astype('uint8')"]),
        (labels(), ["data.classes=1000000000000"], ["1,000,000,000,000 outputs", "memory"]),
        (labels(), ["metrics.accuracy.only_for=label"], ["only_for", "'label'"]),
        (labels(), ["~metrics"], ["metrics: there is none"]),
    ],
)
@pytest.mark.sampled(4)
def test_a_mismatch_is_one_line_before_training(here, targets, overrides, said):
    keep(targets)
    with pytest.raises(fw.FrameworkError) as caught:
        fw.train(*S, *overrides)
    line = str(caught.value)
    assert "\n" not in line
    for words in said:
        assert words in line
    assert not (here / "outputs").exists()


@pytest.mark.slow
def test_a_sweep_of_a_loss_of_values_is_ranked_by_it(here):
    keep(np.random.default_rng(2).standard_normal((200, 1)))
    rates = "layer.update_rule.learning_rate=0.001,0.1"
    done = framework("-m", *S, "loss=bent", rates, "hydra.sweep.dir=s", cwd=here)
    assert done.returncode == 0, done.stderr
    scores = [
        json.loads((here / "s" / str(job) / "summary.json").read_text())["score"]
        for job in range(2)
    ]
    assert [score["name"] for score in scores] == ["validation_loss"] * 2
    best, other = sorted(score["value"] for score in scores)
    assert best < other
    names, first, *_ = (line.split(",") for line in (here / "s" / "leaderboard.csv").open())
    assert float(first[names.index("validation_loss")]) == pytest.approx(best, abs=1e-4)
