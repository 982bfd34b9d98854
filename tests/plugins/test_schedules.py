from __future__ import annotations

import math

import pytest


def test_linear_goes_straight_and_stays(make):
    linear = make("schedule", "linear", first=0.2, last=1.0, steps=8)
    assert linear.at(0) == 0.2
    assert linear.at(4) == pytest.approx(0.6)
    assert linear.at(8) == linear.at(99) == pytest.approx(1.0)


def test_cosine_halves_in_the_middle_and_stays(make):
    cosine = make("schedule", "cosine", first=1.0, last=0.1, steps=10)
    assert cosine.at(0) == 1.0
    assert cosine.at(5) == pytest.approx(0.55)
    assert cosine.at(10) == cosine.at(50) == pytest.approx(0.1)
    assert cosine.at(2) == pytest.approx(0.1 + 0.45 * (1 + math.cos(math.pi / 5)))


def test_exponential_falls_by_the_factor(make):
    decay = make("schedule", "exponential", first=2.0, factor=0.5, steps=10)
    assert [decay.at(t) for t in (0, 10, 20)] == [2.0, 1.0, 0.5]
    assert decay.at(5) == pytest.approx(math.sqrt(2))
