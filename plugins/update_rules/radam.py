"""RAdam."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import Array, Scalar, State, axpby, fraction, positive, value

from .decaying import Decaying


@dataclass(frozen=True)
class RAdam(Decaying):
    r"""Adam, whose first steps are not divided until the mean square can be trusted.

        m ← β₁ m + (1 − β₁) g                m and v start at 0
        v ← β₂ v + (1 − β₂) g²
        ρ = ρ∞ − 2 t β₂ᵗ / (1 − β₂ᵗ)         ρ∞ = 2 / (1 − β₂) − 1, t = 1, 2, …
        r = √((ρ − 4) (ρ − 2) ρ∞ / ((ρ∞ − 4) (ρ∞ − 2) ρ))
        p ← p − η m̂ r √(1 − β₂ᵗ) / (√v + ε)  where ρ > 5; m̂ = m / (1 − β₁ᵗ)
        p ← p − η m̂                          else

    Liu et al., "On the variance of the adaptive learning rate and beyond", 2020.

    The first step is not divided, η g:

    >>> p, g = np.array([1.0]), np.array([2.0])
    >>> state = State({"mean": np.array([0.0]), "mean_square": np.array([0.0])})
    >>> RAdam(learning_rate=0.1).step(0, p, g, state, np.empty(1)); p.round(9)
    array([0.8])

    Differs: optax adds ε to the corrected root, and divides from ρ = 5 on. Keras 3.0 has none.
    """

    learning_rate: Scalar = positive(1e-3, "step size η; a number or a schedule")
    beta1: Scalar = fraction(0.9, "share of the old mean that is kept, β₁; or a schedule")
    beta2: float = fraction(0.999, "share of the old mean square that is kept, β₂")
    epsilon: float = positive(1e-8, "added to the root, ε")

    state: ClassVar[tuple[str, ...]] = ("mean", "mean_square")

    @staticmethod
    def formula(
        p: Any,
        g: Any,
        mean: Any,
        mean_square: Any,
        learning_rate: float,
        beta1: float,
        beta2: float,
        epsilon: float,
        step: int,
    ) -> tuple[Any, ...]:
        t = step + 1
        mean = beta1 * mean + (1 - beta1) * g
        mean_square = beta2 * mean_square + (1 - beta2) * g**2
        limit = 2 / (1 - beta2) - 1
        rho = limit - 2 * t * beta2**t / (1 - beta2**t)
        rate = learning_rate / (1 - beta1**t)
        if rho <= 5:
            return p - rate * mean, mean, mean_square
        r = ((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)) ** 0.5
        rate = rate * r * (1 - beta2**t) ** 0.5
        return p - rate * mean / (np.sqrt(mean_square) + epsilon), mean, mean_square

    def step(self, step: int, p: Array, g: Array, state: State, scratch: Array) -> None:
        m, v, beta1, t = state.mean, state.mean_square, value(self.beta1, step), step + 1
        axpby(m, beta1, g, 1 - beta1)  # m ← β₁ m + (1 − β₁) g
        np.square(g, out=scratch)
        axpby(v, self.beta2, scratch, 1 - self.beta2)  # v ← β₂ v + (1 − β₂) g²
        rate = value(self.learning_rate, step) / (1 - beta1**t)
        limit = 2 / (1 - self.beta2) - 1
        rho = limit - 2 * t * self.beta2**t / (1 - self.beta2**t)
        if rho <= 5:
            axpby(p, 1.0, m, -rate)  # p ← p − η m̂
            return
        r = math.sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))
        np.sqrt(v, out=scratch)
        scratch += self.epsilon
        np.divide(m, scratch, out=g)
        axpby(p, 1.0, g, -rate * r * math.sqrt(1 - self.beta2**t))
