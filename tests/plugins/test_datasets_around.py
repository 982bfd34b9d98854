"""Datasets around another: some of its rows, and labels that are wrong on purpose."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from framework import Data, DataError, Dataset, Split


@dataclasses.dataclass(frozen=True)
class Numbered(Dataset):
    """Row i holds i; every fourth row is of class 1."""

    kind: str = "labels"
    on_disk: str = ""

    def load(self, rng):
        inputs = np.arange(400.0).reshape(-1, 1)
        if self.on_disk:
            np.save(self.on_disk, inputs)
            inputs = np.load(self.on_disk, mmap_mode="r")
        labels = (np.arange(400) % 4 == 1).astype(np.uint8)
        targets = labels if self.kind == "labels" else labels.astype(float)[:, None]
        rows = rng.permutation(400)
        weights = np.arange(400.0)
        train, validation = (
            Split.of_rows(inputs, targets, part, weights) for part in (rows[:200], rows[200:])
        )
        classes = 2 if self.kind == "labels" else None
        return Data(train, validation, validation, classes=classes, source="numbered")


@pytest.mark.parametrize("kind", ["labels", "values"])
@pytest.mark.parametrize("on_disk", [False, True])
def test_rows_keep_what_belongs_to_them(make, tmp_path, kind, on_disk):
    of = Numbered(kind, str(tmp_path / "x.npy") if on_disk else "")
    subset = make("dataset", "subset", of=of, train=40)
    data = subset.load(np.random.default_rng(3))
    numbers = data.train.inputs[:, 0].astype(int)
    assert len(set(numbers)) == 40
    assert set(numbers) <= set(of.load(np.random.default_rng(3)).train.rows)
    np.testing.assert_array_equal(np.ravel(data.train.targets), numbers % 4 == 1)
    np.testing.assert_array_equal(data.train.rows, numbers)
    np.testing.assert_array_equal(data.train.weights, numbers)
    assert len(data.validation) == 200


def test_each_class_is_in_proportion(make):
    for count in (40, 41, 199):
        of = Numbered().load(np.random.default_rng(0)).train
        data = make("dataset", "subset", of=Numbered(), train=count).load(np.random.default_rng(0))
        assert abs(data.train.targets.sum() - count * of.targets.mean()) <= 1


def test_more_rows_than_there_are_is_a_line(make):
    with pytest.raises(DataError, match=r"train=201, expected at most the 200 rows of numbered"):
        make("dataset", "subset", of=Numbered(), train=201).load(np.random.default_rng(0))


def test_wrong_labels_are_others_and_only_training_has_them(make):
    of = make("dataset", "spirals", classes=4, points=20_000)
    noisy = make("dataset", "label_noise", of=of, share=0.3).load(np.random.default_rng(1))
    true = of.load(np.random.default_rng(1))
    np.testing.assert_array_equal(noisy.train.inputs, true.train.inputs)
    assert noisy.train.targets.dtype == true.train.targets.dtype
    moved = (noisy.train.targets - true.train.targets) % 4
    shares = np.bincount(moved, minlength=4) / 20_000
    np.testing.assert_allclose(shares, [0.7, 0.1, 0.1, 0.1], atol=0.01)
    for split in ("validation", "test"):
        np.testing.assert_array_equal(noisy.splits()[split].targets, true.splits()[split].targets)
    assert noisy.notes == (f"{np.count_nonzero(moved):,} of 20,000 training labels are wrong on purpose",)  # fmt: skip  # noqa: E501


def test_values_have_no_wrong_labels(make):
    with pytest.raises(DataError, match=r"label_noise needs labels .* numbered has values"):
        make("dataset", "label_noise", of=Numbered("values")).load(np.random.default_rng(0))


def test_the_error_rate_is_what_accuracy_leaves(make):
    error, accuracy = make("metric", "error_rate"), make("metric", "accuracy")
    z, t, w = np.array([0, 1, 2, 1]), np.array([0, 1, 1, 2]), np.array([1.0, 2.0, 3.0, 0.0])
    for weights, expected in ((None, 0.5), (w, 0.5), (np.array([4.0, 0, 1, 0]), 0.2)):
        states = [metric.start(3, 4) for metric in (error, accuracy)]
        for metric, state in zip((error, accuracy), states, strict=True):
            metric.add(state, z, t, np.zeros(4), weights)
        assert error.result(states[0]) == pytest.approx(expected)
        assert error.result(states[0]) + accuracy.result(states[1]) == pytest.approx(1)
    assert not error.higher_is_better
