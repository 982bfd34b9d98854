from __future__ import annotations

import numpy as np


def over_blocks(metric, z, targets, losses, size):
    state = metric.start(z.shape[1])
    for i in range(0, len(z), size):
        metric.add(state, z[i : i + size], targets[i : i + size], losses[i : i + size])
    return metric.result(state)


def test_accuracy_is_the_share_of_right_argmaxes(make):
    z = np.array([[1.0, 2], [3, 1], [0, 5], [9, 8], [1, 2]])
    labels = np.array([1, 0, 0, 0, 1])
    for size in (1, 2, 5):
        assert over_blocks(make("metric", "accuracy"), z, labels, np.zeros(5), size) == 4 / 5


def test_loss_is_the_mean_over_samples_whatever_the_blocks(make):
    losses = np.array([1.0, 2, 4, 8, 16], np.float32)
    for size in (1, 2, 5):
        mean = over_blocks(make("metric", "loss"), np.zeros((5, 2)), np.zeros(5), losses, size)
        assert mean == 31 / 5


def test_which_direction_is_better(make):
    assert make("metric", "accuracy").higher_is_better
    assert not make("metric", "loss").higher_is_better
