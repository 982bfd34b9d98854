from __future__ import annotations

import numpy as np
import pytest


def over_blocks(metric, z, targets, losses, size, outputs=2):
    state = metric.start(outputs, len(z))
    for i in range(0, len(z), size):
        metric.add(state, z[i : i + size], targets[i : i + size], losses[i : i + size])
    return metric.result(state)


def test_accuracy_is_the_share_of_right_decisions(make):
    decided, labels = np.array([1, 0, 1, 0, 1]), np.array([1, 0, 0, 0, 1])
    for size in (1, 2, 5):
        assert over_blocks(make("metric", "accuracy"), decided, labels, np.zeros(5), size) == 4 / 5


def test_loss_is_the_mean_over_samples_whatever_the_blocks(make):
    losses = np.array([1.0, 2, 4, 8, 16], np.float32)
    for size in (1, 2, 5):
        mean = over_blocks(make("metric", "loss"), np.zeros((5, 2)), np.zeros(5), losses, size)
        assert mean == 31 / 5


def test_which_direction_is_better(make):
    assert make("metric", "accuracy").higher_is_better
    assert not make("metric", "loss").higher_is_better


def area(p: np.ndarray, of_class: np.ndarray) -> float:
    """Return the share of pairs in order, ties by half, over all pairs."""
    ours, others = p[of_class][:, None], p[~of_class][None]
    return float(((ours > others) + 0.5 * (ours == others)).mean())


@pytest.mark.parametrize("digits", [1, 15])  # with many ties, and with none
def test_auc_is_the_share_of_pairs_in_order(make, digits):
    rng = np.random.default_rng(0)
    p, labels = rng.random(200).round(digits), rng.integers(0, 2, 200)
    both = np.stack([1 - p, p], axis=1)
    for size in (7, 200):
        found = over_blocks(make("metric", "auc"), both, labels, np.zeros(200), size)
        assert found == pytest.approx(area(p, labels == 1), rel=1e-12)


def test_auc_of_more_classes_and_of_sets_is_the_mean_over_those_seen(make):
    rng = np.random.default_rng(0)
    p, labels = rng.dirichlet(np.ones(4), 90), rng.integers(0, 3, 90)  # none of class 3
    expected = np.mean([area(p[:, i], labels == i) for i in range(3)])
    auc = make("metric", "auc")
    found = over_blocks(auc, p, labels, np.zeros(90), 20, 4)
    assert found == pytest.approx(expected, rel=1e-12)
    for columns in (2, 4):
        sets = (rng.random((90, columns)) > 0.5).astype(np.float64)
        sets[:, 1] = 0
        expected = np.mean([area(p[:, i], sets[:, i] == 1) for i in range(columns) if i != 1])
        found = over_blocks(auc, p[:, :columns], sets, np.zeros(90), 20, columns)
        assert found == pytest.approx(expected, rel=1e-12)


def test_auc_of_one_class_alone_is_no_number(make):
    p = np.full((5, 2), 0.5)
    assert np.isnan(over_blocks(make("metric", "auc"), p, np.ones(5, int), np.zeros(5), 2))


def test_precision_recall_and_f1_of_labels_and_sets(make):
    rng = np.random.default_rng(0)
    labels, decided = rng.integers(0, 3, (2, 60))
    metric = make("metric", "precision_recall_f1", per_class=True)
    found = over_blocks(metric, decided, labels, np.zeros(60), 7, 4)  # class 3 is never seen
    assert list(found) != []
    assert set(found) == set(metric.names(4))
    assert metric.names(4)[0] == "f1"
    f1 = []
    for i in range(3):
        right = ((decided == i) & (labels == i)).sum()
        precision, recall = right / (decided == i).sum(), right / (labels == i).sum()
        f1.append(2 * precision * recall / (precision + recall))
        assert found[f"precision_{i}"] == pytest.approx(precision, rel=1e-12)
        assert found[f"recall_{i}"] == pytest.approx(recall, rel=1e-12)
        assert found[f"f1_{i}"] == pytest.approx(f1[-1], rel=1e-12)
    assert found["f1"] == pytest.approx(np.mean(f1), rel=1e-12)
    assert found["f1_3"] == 0
    sets = np.eye(4)[labels]
    of_sets = over_blocks(metric, np.eye(4)[decided], sets, np.zeros(60), 7, 4)
    assert of_sets["f1_1"] == pytest.approx(f1[1], rel=1e-12)
    assert of_sets["f1"] == pytest.approx(np.sum(f1) / 4, rel=1e-12)  # of sets, all classes count


def weighted(metric, z, targets, outputs):
    """Return a figure under weights whose sums are not exact."""
    state, weights = metric.start(outputs, len(z)), np.random.default_rng(0).random(len(z))
    metric.add(state, z, targets, np.zeros(len(z)), weights)
    return metric.result(state)


def test_roundings_of_weights_are_no_correlation_and_no_variance(make):
    """Decisions for one class alone, and values that are all the same, whose mean is not 3.3."""
    labels = np.random.default_rng(1).integers(0, 3, 50)
    for decided, given in ((np.ones(50, np.int64), labels), (labels, np.ones(50, np.int64))):
        assert weighted(make("metric", "matthews"), decided, given, 3) == 0
    z, constant = np.linspace(3, 4, 50)[:, None], np.full((50, 1), 3.3)
    assert weighted(make("metric", "r2"), z, constant, 1) == 0
    assert over_blocks(make("metric", "r2"), z, constant, np.zeros(50), 7, outputs=1) == 0
    assert weighted(make("metric", "r2"), constant, constant, 1) == 1
