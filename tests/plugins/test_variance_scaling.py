from __future__ import annotations

import numpy as np
import pytest

FAN_IN, FAN_OUT = 300, 500


@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("xavier_normal", 2 / (FAN_IN + FAN_OUT)),
        ("xavier_uniform", 2 / (FAN_IN + FAN_OUT)),
        ("he_normal", 2 / FAN_IN),
    ],
)
def test_has_the_papers_variance_around_zero(make, name, variance):
    w = make("initializer", name).draw(np.random.default_rng(0), (FAN_IN, FAN_OUT))
    deviation = np.sqrt(variance)
    assert w.shape == (FAN_IN, FAN_OUT)
    assert abs(w.mean()) < 5 * deviation / np.sqrt(w.size)
    assert abs(w.std() / deviation - 1) < 0.01


def test_uniform_stays_within_its_bound_and_normal_does_not(make):
    bound = np.sqrt(6 / (FAN_IN + FAN_OUT))
    draw = lambda name: make("initializer", name).draw(np.random.default_rng(1), (FAN_IN, FAN_OUT))  # noqa: E731
    uniform, normal = draw("xavier_uniform"), draw("xavier_normal")
    assert 0.99 * bound < np.abs(uniform).max() <= bound
    assert np.abs(normal).max() > 1.5 * bound
