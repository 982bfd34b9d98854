"""Signum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Scalar, UpdateRule, fraction, positive, value


@dataclass(frozen=True)
class Signum(UpdateRule):
    r"""Step by the sign of a mean of gradients.

        m ← β m + (1 − β) g
        p ← p − η sign(m)

    Bernstein, Wang, Azizzadenesheli and Anandkumar, "signSGD: compressed optimisation for
    non-convex problems", 2018.
    """

    learning_rate: Scalar = positive(1e-3, "step size η; a number or a schedule")
    momentum: float = fraction(0.9, "share of the old mean that is kept, β")

    state: ClassVar[tuple[str, ...]] = ("mean",)

    def step(self, step: int, p: Array, g: Array, state: Sequence[Array], scratch: Array) -> None:
        (m,) = state
        m -= g
        m *= self.momentum
        m += g
        np.sign(m, out=scratch)
        scratch *= value(self.learning_rate, step)
        p -= scratch
