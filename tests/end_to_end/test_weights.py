"""Weights of samples and of classes: what they do to training, figures and mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import framework as fw
from tests.end_to_end.command import framework

ROWS = 12
QUICK = [
    *("data=npz", "data.path=d.npz", "model.hidden=[5]", "layer=dense_xavier", "dtype=float64"),
    *("layer/regularizer=l2", "callbacks=none", "checkpoint=none", "trainer.epochs=6"),
]
WHOLE = "trainer.batch_size={}"

MINE = """
from dataclasses import dataclass
from typing import ClassVar

from framework import Loss, hookimpl


@dataclass(frozen=True)
class Batchwise(Loss):
    whole_batch: ClassVar[bool] = True

    def evaluate(self, z, targets, losses, gradient, arrays):
        losses[...] = z.mean()
        if gradient is not None:
            gradient[...] = 1 / z.size


@hookimpl
def framework_losses():
    return {"batchwise": Batchwise}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def arrays(kind: str = "labels") -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((ROWS, 3))
    labels = rng.permutation(np.repeat([0, 1, 2], [6, 4, 2]))
    t = labels if kind == "labels" else rng.standard_normal((ROWS, 2))
    return x, t


def keep(x: Any, t: Any, **weights: Any) -> None:
    """Leave `d.npz`, measured on what it is trained on."""
    others = {
        f"{s}_{n}": a for s in ("validation", "test") for n, a in (("inputs", x), ("targets", t))
    }
    np.savez("d.npz", train_inputs=x, train_targets=t, **{**others, **weights})


def trained(rows: int, *overrides: str) -> Any:
    return fw.train(*QUICK, WHOLE.format(rows), *overrides)


def same_weights(a: Any, b: Any) -> None:
    for name, array in a.network.parameters().items():
        np.testing.assert_allclose(b.network.parameters()[name], array, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("kind", "parts"), [("labels", 1), ("values", 1), ("labels", 5)])
def test_a_weight_of_two_is_the_row_twice(kind, parts):
    x, t = arrays(kind)
    counts = np.resize([2, 1, 0, 1, 3], ROWS)
    loss = [] if kind == "labels" else ["loss=mean_squared_error"]
    keep(x, t, train_weights=0.1 * counts)
    weighted = trained(ROWS, *loss, f"trainer.accumulate={parts}")
    keep(np.repeat(x, counts, axis=0), np.repeat(t, counts, axis=0))
    repeated = trained(int(counts.sum()), *loss)
    same_weights(repeated, weighted)
    np.testing.assert_allclose(weighted.losses, repeated.losses, rtol=1e-10)
    for figure in ("loss", "accuracy")[: 2 if kind == "labels" else 1]:
        a, b = (run.metrics[-1].figures[f"train_{figure}"] for run in (weighted, repeated))
        assert a == pytest.approx(b, rel=1e-10)


@pytest.mark.slow
def test_classes_are_balanced_as_scikit_learn_does():
    x, t = arrays()
    keep(x, t)
    balanced = trained(ROWS, "trainer.class_weight=balanced")
    n, k, counts = ROWS, 3, np.bincount(t)
    listed = trained(ROWS, f"trainer.class_weight={(n / (k * counts)).tolist()}")
    assert balanced.losses.tobytes() == listed.losses.tobytes()
    keep(x, t, train_weights=(n / (k * counts))[t], validation_weights=np.ones(ROWS))
    given = trained(ROWS)
    np.testing.assert_allclose(given.losses, balanced.losses, rtol=1e-12)
    same_weights(given, balanced)
    # figures are of the data's weights, never of classes'
    plain, of_data = (run.metrics[-1].figures for run in (balanced, given))
    assert plain["validation_loss"] == pytest.approx(of_data["validation_loss"], rel=1e-10)
    assert plain["train_loss"] != pytest.approx(of_data["train_loss"], rel=1e-3)


def test_weights_go_with_their_rows(make):
    x, t = arrays()
    weights = x[:, 0] - x[:, 0].min() + 0.5
    np.savez("d.npz", inputs=x, targets=t, weights=weights)
    Path("folder").mkdir()
    for name, array in {"inputs": x, "targets": t, "weights": weights}.items():
        np.save(f"folder/{name}.npy", array)
    for path in ("d.npz", "folder"):
        for how in ("random", "last"):
            dataset = make("dataset", "npz", path=path, split=how, test=0.2)
            data = dataset.load(np.random.default_rng(0))
            data.check()
            for part in data.splits().values():
                expected = part.inputs[:, 0] - x[:, 0].min() + 0.5
                np.testing.assert_array_equal(part.weights, expected)


@pytest.mark.slow
def test_a_run_is_resumed_to_the_byte_and_not_on_other_weights():
    x, t = arrays()
    keep(x, t, train_weights=np.arange(ROWS))
    asked = (
        *QUICK[:-2],
        "checkpoint=default",
        "trainer.batch_size=5",
        "trainer.class_weight=[1,2,3]",
    )
    whole = fw.train(*asked, "trainer.epochs=4", directory="whole")
    fw.train(*asked, "trainer.epochs=2", directory="half")
    resumed = fw.train(*asked, "trainer.epochs=4", "trainer.resume=auto", directory="half")
    assert whole.losses.tobytes() == resumed.losses.tobytes()
    keep(x, t, train_weights=np.arange(ROWS) + 1)
    with pytest.raises(fw.FrameworkError, match="other numbers in the same shape"):
        fw.train(*asked, "trainer.epochs=6", "trainer.resume=auto", directory="half")


@pytest.mark.sampled(5)
@pytest.mark.parametrize(
    ("kind", "given", "overrides", "said"),
    [
        ("labels", {"train_weights": np.ones(5)}, [], "train_weights have shape (5,); expected (1"),
        ("labels", {"test_weights": -np.ones(12)}, [], "test weights in row 0 are negative, -1"),
        ("labels", {"train_weights": np.zeros(12)}, [], "train weights are all 0"),
        ("labels", {"train_weights": np.full(12, np.nan)}, [], "row 0 are not finite, nan"),
        ("labels", {"train_sample_weights": np.ones(12)}, [], "holds train_sample_weights"),
        ("labels", {}, ["trainer.class_weight=[1,2]"], "has 2 numbers, but d.npz has 3 classes"),
        ("labels", {}, ["trainer.class_weight=[0,0,0]"], "leaves no training row a weight above 0"),
        ("labels", {}, ["trainer.class_weight=[-1,1,1]"], "must be at least 0, got -1"),
        ("labels", {}, ["trainer.class_weight=balnced"], "did you mean 'balanced'?"),
        (
            "values",
            {},
            ["trainer.class_weight=balanced", "loss=mean_squared_error"],
            "trainer.class_weight: weighs labels, but d.npz gives values",
        ),
        (
            "labels",
            {"train_weights": np.arange(12)},
            ["plugins=[mine_of_weights]", "loss=batchwise"],
            "loss: batchwise looks at the whole batch, and d.npz has weights of samples",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_line(here, kind, given, overrides, said):
    (here / "mine_of_weights.py").write_text(MINE)
    keep(*arrays(kind), **given)
    done = framework(*QUICK, WHOLE.format(4), *overrides, cwd=here)
    lines = [line for line in done.stderr.splitlines() if line.startswith("error")]
    assert done.returncode == 1
    assert len(lines) == 1, done.stderr
    assert said in lines[0]


def test_weights_from_python_are_those_of_a_file():
    x, t = arrays()
    keep(x, t, train_weights=np.arange(ROWS))
    of_file = trained(5)
    fitted = fw.fit(
        x,
        t,
        weights=list(range(ROWS)),
        validation=(x, t),
        test=(x, t),
        overrides=[*QUICK[2:], WHOLE.format(5)],
    )
    assert fitted.losses.tobytes() == of_file.losses.tobytes()
    assert dict(fitted.metrics[-1].figures) == dict(of_file.metrics[-1].figures)
    with pytest.raises(fw.DataError, match=r"weights have shape \(3,\); expected \(12,\)"):
        fw.fit(x, t, weights=[1, 2, 3])
