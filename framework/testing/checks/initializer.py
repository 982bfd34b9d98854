"""What an initializer promises: weights of the shape asked for, drawn from the generator given."""

from __future__ import annotations

import numpy as np

from framework.components.base import Array, Shape
from framework.components.initializer import Initializer
from framework.testing.assertions import expect_own_randomness, same
from framework.testing.check import Check, expect, promise
from framework.testing.tiny_run import expect_trains, trained_by

_SHAPES: tuple[Shape, ...] = ((1, 1), (7,), (5, 3), (784, 10), (3, 3, 4, 8))
_LARGE = (400, 300)


def _draw(initializer: Initializer, shape: Shape, seed: int) -> Array:
    return initializer.draw(np.random.default_rng(seed), shape)


@promise("draw gives finite floats of exactly the shape it is asked for, of 1, 2 and 4 axes.")
def shapes(initializer: Initializer) -> None:
    for shape in _SHAPES:
        drawn = _draw(initializer, shape, 0)
        expect(isinstance(drawn, np.ndarray), f"for {shape} it gave {type(drawn).__name__}")
        expect(drawn.shape == shape, f"for {shape} it gave the shape {drawn.shape}")
        proper = drawn.dtype.kind == "f" and drawn.dtype.itemsize >= 4
        expect(proper, f"for {shape} it gave {drawn.dtype}, not float32 or float64")
        expect(np.all(np.isfinite(drawn)), f"for {shape} some numbers are not finite")


@promise("draw_bias gives None, or finite floats of the bias's shape, the same from the same seed.")
def biases(initializer: Initializer) -> None:
    for weights in ((1, 1), (5, 3), (784, 10)):
        shape = weights[-1:]
        drawn = initializer.draw_bias(np.random.default_rng(0), shape, weights)
        if drawn is None:
            continue
        proper = isinstance(drawn, np.ndarray) and drawn.dtype.kind == "f"
        expect(proper, f"for weights {weights} it gave {type(drawn).__name__}, no array of floats")
        expect(drawn.shape == shape, f"for weights {weights} it gave the shape {drawn.shape}")
        expect(np.all(np.isfinite(drawn)), f"for weights {weights} some numbers are not finite")
        again = initializer.draw_bias(np.random.default_rng(0), shape, weights)
        expect(
            again is not None and same(again, drawn),
            f"for weights {weights} the same seed gave other numbers",
        )


@promise("the same seed gives the same bytes; all randomness comes from the generator given.")
def seeds(initializer: Initializer) -> None:
    expect_own_randomness("draw", lambda: {"weights": _draw(initializer, (40, 30), 5).copy()})
    first = _draw(initializer, (40, 30), 5)
    kept = first.copy()
    if first.flags.writeable:
        first += 1
    expect(
        same(_draw(initializer, (40, 30), 5), kept),
        "a second draw gives the first one's array again, changes and all",
    )


@promise("another seed, and the next draw from the same generator, give other weights.")
def draws_differ(initializer: Initializer) -> None:
    first, second = (_draw(initializer, _LARGE, seed) for seed in (1, 2))
    rng = np.random.default_rng(1)
    following = [initializer.draw(rng, _LARGE).copy() for _ in range(2)]
    pairs = {"two seeds": (first, second), "two draws from one generator": tuple(following)}
    for what, (a, b) in pairs.items():
        if same(a, b):
            many = len(np.unique(a)) > a.size // 10
            expect(not many, f"{what} give the same weights, of {len(np.unique(a)):,} values")
        elif a.std() and b.std():
            alike = float(np.corrcoef(a.ravel(), b.ravel())[0, 1])
            if len(np.unique(a)) > a.size // 10:
                expect(abs(alike) < 0.05, f"{what} give weights with a correlation of {alike:.2f}")


@promise(
    "weights that differ spread evenly around 0: their mean is within a tenth of their deviation,"
    " every part of the array has the same deviation, and two seeds agree on it."
)
def moments(initializer: Initializer) -> None:
    w, other = (_draw(initializer, _LARGE, seed).astype("float64") for seed in (1, 2))
    if np.ptp(w) == 0:
        return
    mean, deviation = float(w.mean()), float(w.std())
    expect(
        abs(mean) <= 0.1 * deviation,
        f"{_LARGE[0]} × {_LARGE[1]} weights have mean {mean:.4g} and deviation {deviation:.4g}",
    )
    if same(w, other):
        return
    expect(
        0.9 < other.std() / deviation < 1.1,
        f"the deviation is {deviation:.4g} from one seed, {other.std():.4g} from another",
    )
    half = _LARGE[0] // 2, _LARGE[1] // 2
    for what, a, b in (
        ("rows", w[: half[0]], w[half[0] :]),
        ("columns", w[:, : half[1]], w[:, half[1] :]),
    ):
        expect(
            0.8 < (a.std() + 1e-300) / (b.std() + 1e-300) < 1.25,
            f"the first half of the {what} has deviation {a.std():.4g}, the second {b.std():.4g}",
        )
    for what, rows in (("rows", w), ("columns", w.T)):
        twins = len(rows) - len(np.unique(rows, axis=0))
        expect(not twins, f"{twins} of {len(rows)} {what} repeat another: those units stay alike")


@promise(
    "networks train from it: the same bytes from the same seed, killed or not, every loss finite.",
    once=True,
)
def trains(initializer: Initializer) -> None:
    expect_trains(initializer, layers=lambda plans: trained_by(plans, initializer=initializer))


CHECKS: tuple[Check, ...] = (shapes, biases, seeds, draws_differ, moments, trains)
