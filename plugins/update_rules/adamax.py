"""Adamax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import (
    Array,
    Scalar,
    State,
    UpdateRule,
    axpby,
    fraction,
    hyperparameter,
    positive,
    value,
)


@dataclass(frozen=True)
class Adamax(UpdateRule):
    r"""Divide a mean of gradients by their largest size, which fades.

        m ← β₁ m + (1 − β₁) g                m and u start at 0
        u ← max(β₂ u, |g| + ε)
        p ← p − η m / ((1 − β₁ᵗ) u)          t = 1, 2, …

    Kingma and Ba, "Adam: a method for stochastic optimization", 2015, section 7.1.

    The first step has the size η:

    >>> p, g = np.array([1.0]), np.array([2.0])
    >>> state = State({"mean": np.array([0.0]), "largest": np.array([0.0])})
    >>> Adamax(learning_rate=0.1).step(0, p, g, state, np.empty(1)); p.round(6)
    array([0.9])

    Differs: Keras's ε is 1e-7, and added when dividing by u: `epsilon_when_dividing`.
    """

    learning_rate: Scalar = positive(2e-3, "step size η; a number or a schedule")
    beta1: Scalar = fraction(0.9, "share of the old mean that is kept, β₁; or a schedule")
    beta2: float = fraction(0.999, "share of the largest size that is kept, β₂")
    epsilon: float = positive(1e-8, "added to the size of the gradient, ε")
    epsilon_when_dividing: bool = hyperparameter(False, "add ε to u instead, as Keras does")

    state: ClassVar[tuple[str, ...]] = ("mean", "largest")

    @staticmethod
    def formula(
        p: Any,
        g: Any,
        mean: Any,
        largest: Any,
        learning_rate: float,
        beta1: float,
        beta2: float,
        epsilon: float,
        epsilon_when_dividing: bool,
        step: int,
    ) -> tuple[Any, ...]:
        mean = beta1 * mean + (1 - beta1) * g
        inside = 0.0 if epsilon_when_dividing else epsilon
        largest = np.maximum(beta2 * largest, np.abs(g) + inside)
        rate = learning_rate / (1 - beta1 ** (step + 1))
        return p - rate * mean / (largest + (epsilon - inside)), mean, largest

    def step(self, step: int, p: Array, g: Array, state: State, scratch: Array) -> None:
        m, u, beta1 = state.mean, state.largest, value(self.beta1, step)
        axpby(m, beta1, g, 1 - beta1)  # m ← β₁ m + (1 − β₁) g
        np.abs(g, out=g)
        if not self.epsilon_when_dividing:
            g += self.epsilon
        u *= self.beta2
        np.maximum(u, g, out=u)  # u ← max(β₂ u, |g| + ε)
        if self.epsilon_when_dividing:
            u = np.add(u, self.epsilon, out=g)
        np.divide(m, u, out=scratch)
        axpby(p, 1.0, scratch, -value(self.learning_rate, step) / (1 - beta1 ** (step + 1)))
