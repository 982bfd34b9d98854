"""Arrays to test with: layouts, comparisons, and derivatives by central differences."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np

from framework.components.base import Array, Shape
from framework.testing.check import expect

LIMIT = 1e-6
"""The largest relative error of a gradient, in float64."""

LAYOUTS = ("contiguous", "padded rows", "one column after the other")
_STEP = 1e-4
_MOST = 240  # elements differentiated one by one


def normal(shape: Shape, seed: int, dtype: str = "float64") -> Array:
    """Draw from the standard normal distribution."""
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def laid_out(values: Array, layout: str) -> Array:
    """Copy an array into another order in memory, as the core may choose it."""
    if layout == "padded rows":
        room = np.full((*values.shape[:-1], values.shape[-1] + 3), np.nan, values.dtype)
        view = room[..., : values.shape[-1]]
    elif layout == "one column after the other":
        turned = values.T.shape
        room = np.full((turned[0] + 1, *turned[1:]), np.nan, values.dtype)
        view = room[:-1].T
    else:
        return values.copy(order="C")
    view[...] = values
    return view


def same(a: Array, b: Array) -> bool:
    """Whether two arrays hold the same bytes."""
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def error(computed: Array, expected: Array) -> float:
    """Return the relative error of an array as a whole; inf where a number is missing."""
    if computed.shape != expected.shape or not np.all(np.isfinite(computed)):
        return float("inf")
    size = max(float(np.linalg.norm(expected)), 1e-3)
    return float(np.linalg.norm(computed - expected)) / size


def close(computed: Array, expected: Array, limit: float) -> bool:
    """Whether two arrays agree up to rounding; where one is not a number, so is the other."""
    if computed.shape != expected.shape:
        return False
    a, b = np.asarray(computed, np.float64), np.asarray(expected, np.float64)
    size = max(float(np.max(np.abs(b), initial=0.0, where=np.isfinite(b))), 1e-30)
    return bool(np.allclose(a / size, b / size, rtol=limit, atol=limit, equal_nan=True))


def expect_gradient(
    what: str, computed: Array, f: Callable[[], float], x: Array, *, most: int = _MOST
) -> None:
    """Hold a gradient against central differences of `f` with respect to the array it reads.

    Where two step sizes disagree `f` has a kink, and the element is left out; of arrays of more
    than ``most`` elements a random choice is compared.

        ∂f/∂x ≈ (4 D(h/2) − D(h)) / 3,   D(h) = (f(x + h) − f(x − h)) / 2h       (Richardson)
    """
    missing = int(np.count_nonzero(np.isnan(computed)))
    expect(not missing, f"{missing} of the {computed.size} numbers of {what} were not written")
    chosen = np.arange(x.size)
    if x.size > most:
        chosen = np.random.default_rng(0).choice(x.size, most, replace=False)
    here = f()
    expected, smooth = np.empty(len(chosen)), np.ones(len(chosen), bool)
    for k, index in enumerate(np.unravel_index(i, x.shape) for i in chosen):
        before = x[index]
        h = _STEP * max(1.0, abs(float(before)))
        quotients, bends = [], []
        for width in (h, h / 2):
            x[index] = before + width
            above = f()
            x[index] = before - width
            below = f()
            quotients.append((above - below) / (2 * width))
            bends.append(abs(above - 2 * here + below) / width)
        x[index] = before
        coarse, fine = quotients
        expected[k] = (4 * fine - coarse) / 3
        size = max(1e-3, abs(fine))
        kink = bends[1] > 0.75 * bends[0] and bends[0] > 1e-3 * size
        smooth[k] = abs(coarse - fine) <= 1e-4 * size and not kink
    expect(
        np.count_nonzero(smooth) * 2 >= len(chosen),
        f"the function has a kink or a jump at most of the points tried, so {what} has no meaning",
    )
    given = np.array([computed[np.unravel_index(i, x.shape)] for i in chosen])[smooth]
    wanted = expected[smooth]
    off = error(given, wanted)
    if off > LIMIT:
        worst = int(np.argmax(np.abs(given - wanted)))
        expect(
            False,
            f"{what} is off by {off:.1e} of its size (allowed: {LIMIT:.0e}); for one element it"
            f" gave {given[worst]:.6g}, central differences {wanted[worst]:.6g}"
            f"{_ratio(given, wanted)}",
        )


def _ratio(given: Array, wanted: Array) -> str:
    """Return words for it when all elements are off by the same factor."""
    square = float(wanted @ wanted)
    factor = float(given @ wanted) / square if square else 0.0
    alike = factor and error(given, factor * wanted) < 1e-3
    return f": {factor:.4g} times what it should be, everywhere" if alike else ""


@contextmanager
def unchanged(what: str, **arrays: Array) -> Iterator[None]:
    """Hold that arrays are as they were."""
    before = {name: array.copy() for name, array in arrays.items()}
    yield
    for name, array in arrays.items():
        expect(same(array.copy(), before[name]), f"{what} changed '{name}'")


def expect_own_randomness(what: str, compute: Callable[[], Mapping[str, Array]]) -> None:
    """Hold that a computation neither reads nor moves the global random generators."""
    numpys, pythons = np.random.get_state(), random.getstate()
    results = []
    try:
        for seed in (1, 2):
            np.random.seed(seed)
            random.seed(seed)
            places = _global_state()
            results.append(compute())
            expect(
                _global_state() == places,
                f"{what} draws from the global generator (np.random.… or random.…)",
            )
    finally:
        np.random.set_state(numpys)
        random.setstate(pythons)
    for name, first in results[0].items():
        second = results[1][name]
        expect(
            same(first, second),
            f"{what} gave two different '{name}' for the same input and seed",
        )


def _global_state() -> tuple[bytes, int, object]:
    state = np.random.get_state(legacy=False)["state"]
    return state["key"].tobytes(), state["pos"], random.getstate()
