"""Constraints with one planted bug each, and the check that must find it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Constraint, non_negative, positive
from tests.framework.testing.planted.mark import caught_by


@caught_by("repeats", "weights (5, 4) of size 1 in float64 are others each time")
class ShrinksAlways(Constraint):
    """Smaller, whether that is needed or not."""

    def project(self, w, scratch):
        w *= 0.9


@caught_by("repeats", "project gave ndarray; w is to be changed in place")
class GivesAnArray(Constraint):
    """Leaves w as it is."""

    def project(self, w, scratch):
        return np.clip(w, -1, 1)


@caught_by("finite", "20 of 20 are not, where all are 0 in (5, 4), float64")
class DividesByNothing(Constraint):
    """‖W[:, j]‖ = 1, also of 0."""

    def project(self, w, scratch):
        flat = w.reshape(-1, w.shape[-1]) if w.ndim > 1 else w[:, None]
        sizes = np.linalg.norm(flat, axis=0)
        with np.errstate(invalid="ignore", over="ignore"):
            w /= sizes if w.ndim > 1 else sizes[0]


@caught_by("layouts", "they become others, laid out as padded rows")
class WorksOnACopy(Constraint):
    """|W| ≤ 1, of what may be a copy of w."""

    def project(self, w, scratch):
        flat = w.reshape(-1)
        np.clip(flat, -1, 1, out=flat)


@caught_by("does_something", "AllowsAll() changes none of the weights that were tried")
class AllowsAll(Constraint):
    """Forgets to write its result back."""

    def project(self, w, scratch):
        np.clip(w, -1, 1, out=scratch)


@caught_by("does_something", "it says that it is trivial, but changes ['weights (5, 4) of size 1']")
class SaysThatItIsTrivial(Constraint):
    """|W| ≤ 1, which the core would never call."""

    trivial: ClassVar[bool] = True

    def project(self, w, scratch):
        np.clip(w, -1, 1, out=w)


@caught_by("dtypes", "weights (5, 4) of size 1 become others in float32")
class HalfPrecision(Constraint):
    """|W| ≤ 1, in numbers too short."""

    def project(self, w, scratch):
        short = w.astype("float16") if w.itemsize == 4 else w
        w[...] = np.clip(short, -1, 1)


@caught_by("determinism", "project draws from the global generator (np.random.… or random.…)")
class ByChance(Constraint):
    """Drops what is too large to somewhere."""

    def project(self, w, scratch):
        outside = np.abs(w) > 1
        w[outside] = np.random.uniform(-1, 1, int(outside.sum()))


@caught_by("no_growth", "calls of project left")
class KeepsEverything(Constraint):
    """|W| ≤ 1, with a memory."""

    seen: ClassVar[list[float]] = []

    def project(self, w, scratch):
        self.seen.append(float(np.clip(w, -1, 1, out=w).sum()))


@caught_by(
    "trains",
    "raised PluginError: constraint",
    ": ValueError: not enough values to unpack (expected 3, got 2)",
)
class OnlyPictures(Constraint):
    """Takes weights of three axes alone."""

    def project(self, w, scratch):
        rows, columns, units = w.shape
        np.clip(w, -1, 1, out=w.reshape(rows * columns, units))


@caught_by("fields_are_read", "nothing reads 'largest': whatever it says, nothing changes")
@dataclass(frozen=True)
class LargestOfItsOwn(Constraint):
    """|W| ≤ 1, whatever it is told."""

    largest: float = positive(1.0, "largest number")

    def project(self, w, scratch):
        np.clip(w, -1, 1, out=w)


@caught_by("ranges", "with share=0, which its range allows,", "raised ZeroDivisionError")
@dataclass(frozen=True)
class OneInAShare(Constraint):
    """|W| ≤ 1 / share."""

    share: float = non_negative(1.0, "share")

    def project(self, w, scratch):
        np.clip(w, -1 / self.share, 1 / self.share, out=w)


@caught_by("schedules", "the projected weights at step 1 is not what the number")
@dataclass(frozen=True)
class KeepsItsLastNumber(Constraint):
    """|W| ≤ a, of the step before."""

    largest: float = positive(0.5, "largest number a")

    numbers: ClassVar[list[float]] = []

    def project(self, w, scratch):
        self.numbers.append(self.largest)
        last = self.numbers[-2:][0]
        np.clip(w, -last, last, out=w)
