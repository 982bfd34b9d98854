"""Lion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Scalar, UpdateRule, fraction, non_negative, positive, value


@dataclass(frozen=True)
class Lion(UpdateRule):
    r"""Step by the sign of a mean of gradients.

        c ← β₁ m + (1 − β₁) g
        p ← p − η (sign(c) + λ p)
        m ← β₂ m + (1 − β₂) g

    Chen et al., "Symbolic discovery of optimization algorithms", 2023.
    """

    learning_rate: Scalar = positive(1e-3, "step size η; a number or a schedule")
    beta1: float = fraction(0.9, "share of the mean in the step, β₁")
    beta2: float = fraction(0.99, "share of the old mean that is kept, β₂")
    decay: float = non_negative(0.0, "decay of the parameters, λ")

    state: ClassVar[tuple[str, ...]] = ("mean",)

    def step(self, step: int, p: Array, g: Array, state: Sequence[Array], scratch: Array) -> None:
        (m,) = state
        np.subtract(m, g, out=scratch)
        scratch *= self.beta1
        scratch += g
        np.sign(scratch, out=scratch)  # sign(β₁ m + (1 − β₁) g)
        if self.decay:
            scratch += self.decay * p
        scratch *= value(self.learning_rate, step)
        p -= scratch
        g -= m
        g *= 1 - self.beta2
        m += g  # m ← β₂ m + (1 − β₂) g
