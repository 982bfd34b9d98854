"""Photographed digits: on lined paper, on a desk, in a frame; and pictures of none, or of two."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

pytest.importorskip("PIL.Image")
RNG = np.random.default_rng(0)


def prepare(picture: np.ndarray) -> np.ndarray:
    digits = import_module("framework.plugins.using.mnist_digits")
    made: np.ndarray = digits.prepare_digit(np.clip(picture, 0, 255).astype(np.uint8))
    return made.astype(float)


def page(height: int = 280, width: int = 210, paper: float = 235) -> np.ndarray:
    return np.full((height, width), paper)


def with_digit(picture: np.ndarray, left: int = 0, top: int = 0, ink: float = 20) -> np.ndarray:
    """Draw a seven, or what is near it."""
    made = picture.copy()
    made[top + 60 : top + 80, left + 50 : left + 150] = ink
    made[top + 80 : top + 230, left + 130 : left + 150] = ink
    return made


def lined(picture: np.ndarray) -> np.ndarray:
    made = picture.copy()
    made[28::28] = np.minimum(made[28::28], 170)
    made[29::28] = 170  # a line that cuts the stroke
    return made


def framed(picture: np.ndarray) -> np.ndarray:
    made = picture.copy()
    made[:6], made[-6:], made[:, :5], made[:, -5:] = 0, 0, 0, 0
    return made


def on_a_desk(picture: np.ndarray) -> np.ndarray:
    desk = page(420, 350, paper=60)
    desk[70:350, 70:280] = picture
    return desk


@pytest.mark.parametrize(
    "seen",
    [
        lambda picture: lined(picture),
        lambda picture: framed(picture),
        lambda picture: on_a_desk(picture),
        lambda picture: picture * np.linspace(0.45, 1, 210),
        lambda picture: picture + RNG.normal(0, 20, picture.shape),
        lambda picture: 200 + picture / 7,
        lambda picture: 255 - picture,
    ],
    ids=["lined", "framed", "on a desk", "in shade", "grainy", "faint", "white on black"],
)
def test_the_digit_is_seen_all_the_same(seen):
    plain = prepare(with_digit(page()))
    assert np.abs(prepare(seen(with_digit(page()))) - plain).mean() < 12 < plain.mean()


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (page() + RNG.normal(0, 4, (280, 210)), "nothing stands out from its paper"),
        (page() * np.linspace(0.5, 1, 210) + RNG.normal(0, 2, (280, 210)), "nothing stands out"),
        (with_digit(with_digit(page(280, 420)), left=210), "shows 2 marks as tall as digits"),
        (with_digit(with_digit(page(560, 210)), top=280), "shows 2 marks as tall as digits"),
        (page(1, 1), "nothing stands out"),
    ],
    ids=["a page", "a page in shade", "two", "one above the other", "a pixel"],
)
def test_a_picture_without_one_digit_says_so(picture, said):
    with pytest.raises(ValueError, match=said):
        prepare(picture)
