"""What outputs mean: how many there are, what is predicted from them, and how that is measured."""

import csv
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
class Top(Metric):
    targets: ClassVar = "labels"

    def start(self, outputs):
        return np.zeros(2)

    def add(self, state, z, targets, losses):
        state += (z.argmax(axis=1) == targets).sum(), len(z)

    def result(self, state):
        return float(state[0] / state[1])


@dataclass(frozen=True)
class Listed(Top):
    takes: ClassVar = "decisions"

    def add(self, state, z, targets, losses):
        state += (z == targets).sum(), len(z)

    def result(self, state):
        return state


@dataclass(frozen=True)
class Rows(Listed):
    def names(self, outputs):
        return [f"of_{outputs}", "said"]

    def start(self, outputs, rows):
        return np.array([0, 0, rows])

    def add(self, state, z, targets, losses):
        state[0] += len(z)

    def result(self, state):
        return {"said": state[2], f"of_{2}": state[0]}


@hookimpl
def framework_metrics():
    return {"top": Top, "listed": Listed, "rows": Rows}
"""
S = [
    *("data=npz", "data.path=d.npz", "model.hidden=[8]", "layer=dense_xavier"),
    *("callbacks=none", "checkpoint=none", "trainer.epochs=2", "trainer.batch_size=20"),
]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine_of_outputs.py").write_text(MINE)
    return tmp_path


def keep(form: str) -> tuple[np.ndarray, np.ndarray]:
    """Leave `d.npz`; return its arrays."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 4))
    forms: dict[str, np.ndarray] = {
        "two": (x[:, 0] > 0).astype(np.int64),
        "three": np.digitize(x[:, 0], [-0.5, 0.5]),
        "values": x[:, :2] + 0.1 * rng.standard_normal((200, 2)),
        "sets": (x[:, :3] > 0).astype(np.float32),
    }
    targets = forms[form]
    np.savez("d.npz", inputs=x, targets=targets)
    return x, targets


def test_two_classes_with_one_logit(here):
    x, _ = keep("two")
    run = fw.train(*S, "loss=binary_cross_entropy", "metrics=binary", "trainer.epochs=20")
    network = run.network
    assert network.outputs == (1,)
    z, p = network.logits(x), network.probabilities(x)
    np.testing.assert_allclose(p[:, 1], 1 / (1 + np.exp(-z[:, 0].astype(np.float64))), rtol=1e-5)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(network.predict(x), z[:, 0] > 0)
    assert network.predict(x).dtype == np.int64
    test = run.data.test
    figures = run.summary["figures"]
    assert figures["test_accuracy"] == (network.predict(test.inputs) == test.targets).mean()
    assert figures["test_auc"] == pairs_in_order(
        network.probabilities(test.inputs)[:, 1], test.targets
    )
    assert run.score == ("validation_auc", True)
    assert figures["validation_auc"] > 0.9


def pairs_in_order(p: np.ndarray, labels: np.ndarray) -> float:
    ours, others = p[labels == 1][:, None], p[labels == 0][None]
    return float(((ours > others) + 0.5 * (ours == others)).mean())


def test_sets_of_classes(here):
    x, _ = keep("sets")
    options = ("loss=multi_label_cross_entropy", "metrics=multi_label", "trainer.epochs=20")
    run = fw.train(*S, *options)
    network, test = run.network, run.data.test
    assert network.targets == "sets"
    np.testing.assert_array_equal(network.predict(x), network.probabilities(x) > 0.5)
    assert run.score == ("validation_macro_f1", True)
    decided = network.predict(test.inputs)
    both = (decided * test.targets).sum(axis=0)
    f1 = (2 * both / (decided.sum(axis=0) + test.targets.sum(axis=0))).mean()
    assert run.summary["figures"]["test_macro_f1"] == pytest.approx(f1, rel=1e-12)
    assert run.summary["score"]["name"] == "validation_macro_f1"


def test_quantiles(here):
    x, t = keep("values")
    run = fw.train(*S, "loss=pinball", "loss.quantiles=[0.1,0.9,0.5]", "trainer.epochs=20")
    assert run.network.outputs == (6,)
    z = run.network.logits(x)
    np.testing.assert_array_equal(run.network.predict(x), z[:, 2::3])
    low, high = (t < z[:, 0::3]).mean(), (t < z[:, 1::3]).mean()
    assert low < 0.4 < 0.6 < high


def test_a_mean_and_a_variance(here):
    x, _ = keep("values")
    run = fw.train(*S, "loss=gaussian_nll")
    assert run.network.outputs == (4,)
    np.testing.assert_array_equal(run.network.predict(x), run.network.logits(x)[:, :2])
    with pytest.raises(fw.DataError, match="makes no probabilities of outputs"):
        run.network.probabilities(x)


@pytest.mark.slow
def test_several_figures_of_a_metric_are_in_every_file_and_resume(here):
    keep("three")
    options = (
        *S[:4],
        "~callbacks.pictures",
        "metrics=classification",
        "+metrics.each.name=precision_recall_f1",
    )
    options = (*options, "+metrics.each.per_class=true", "+metrics.each.ranks=recall")
    done = framework(*options, "trainer.epochs=1", "hydra.run.dir=r", cwd=here)
    assert done.returncode == 0, done.stderr
    longer = ("trainer.epochs=3", "hydra.run.dir=r", "trainer.resume=changed")
    done = framework(*options, *longer, cwd=here)
    assert done.returncode == 0, done.stderr
    names = [f"each_{f}" for f in ("recall", "f1", "precision")]
    names += [f"each_{f}_{i}" for i in range(3) for f in ("recall", "f1", "precision")]
    rows = list(csv.DictReader((here / "r/metrics.csv").open()))
    assert len(rows) == 3
    assert [n for n in rows[0] if n.startswith("validation_each")] == [
        f"validation_{n}" for n in names
    ]
    summary = json.loads((here / "r/summary.json").read_text())
    assert summary["score"]["name"] == "validation_each_recall"
    assert set(summary["figures"]) > {f"test_{n}" for n in names}
    assert "more" in (here / "r/run.log").read_text()


def test_metrics_are_told_of_rows_in_the_new_form_and_not_in_the_old(here):
    keep("three")
    run = fw.train(
        *S,
        *("plugins=[mine_of_outputs]", "+metrics.top.name=top", "loss=softmax_cross_entropy"),
    )
    assert run.score == ("validation_top", True)
    keep("two")
    run = fw.train(
        *S,
        *("plugins=[mine_of_outputs]", "+metrics.n.name=rows", "loss=binary_cross_entropy"),
    )
    figures = run.summary["figures"]
    for split, rows in run.data.splits().items():
        assert figures[f"{split}_n_of_2"] == figures[f"{split}_n_said"] == len(rows)


@pytest.mark.parametrize(
    ("form", "overrides", "said"),
    [
        (
            "three",
            ["loss=binary_cross_entropy"],
            ["loss: binary_cross_entropy", "two classes", "d.npz has 3", "softmax_cross_entropy"],
        ),
        (
            "two",
            ["loss=binary_cross_entropy", "+metrics.mine.name=top"],
            ["metrics.mine: top", "one output for each of 2 classes", "has 1", "decisions"],
        ),
        (
            "two",
            ["+metrics.mine.name=listed"],
            ["metrics.mine: Listed.result gave a ndarray", "expected a float"],
        ),
        (
            "values",
            ["loss=multi_label_cross_entropy"],
            ["d.npz: train targets in row", "expected sets of classes, 0 and 1 alone"],
        ),
        ("two", ["loss=multi_label_cross_entropy"], ["takes sets", "gives labels"]),
        ("sets", ["data.targets=sets"], ["takes labels", "gives sets", "multi_label"]),
        ("three", ["data.targets=sets"], ["no sets; expected 0 and 1 (rows, classes)"]),
        ("values", ["loss=pinball", "+metrics.a.name=auc"], ["labels or sets", "values"]),
        (
            "three",
            ["+metrics.x.name=precision_recall_f1", "+metrics.x_f1.name=auc"],
            ["metrics.x_f1: its figure 'x_f1' is also one of metrics.x"],
        ),
        (
            "values",
            ["loss=pinball", "loss.quantiles=[]"],
            ["loss: pinball: quantiles is empty; expected at least one"],
        ),
    ],
)  # fmt: skip
@pytest.mark.sampled(4)
def test_what_does_not_fit_is_one_line(here, form, overrides, said):
    keep(form)
    done = framework(*S, "plugins=[mine_of_outputs]", *overrides, cwd=here)
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if line.startswith("error")]
    assert len(lines) == 1
    for text in said:
        assert text in lines[0]
