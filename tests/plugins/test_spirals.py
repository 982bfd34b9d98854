from __future__ import annotations

import numpy as np


def test_same_generator_same_points(make):
    spirals = make("dataset", "spirals")
    a, b = (spirals.load(np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(a.train.inputs, b.train.inputs)
    np.testing.assert_array_equal(a.test.targets, b.test.targets)


def test_gives_the_splits_asked_for(make):
    data = make("dataset", "spirals", classes=4, points=50, held_out=7, noise=0.0).load(
        np.random.default_rng(0)
    )
    data.check()
    assert [len(split) for split in data.splits().values()] == [50, 7, 7]
    assert data.classes == 4
    assert np.linalg.norm(data.train.inputs, axis=1).max() <= 1
