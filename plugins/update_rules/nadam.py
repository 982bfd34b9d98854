"""NAdam."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from framework import Array, Scalar, State, axpby, fraction, non_negative, positive, value

from .decaying import Decaying

_NOTHING = 1e-18  # 1 less that is 1


@dataclass(frozen=True)
class NAdam(Decaying):
    r"""Adam with Nesterov's momentum, which is warmed up.

        μₜ = β₁ (1 − ½ · 0.96^(t ψ))         t = 1, 2, …
        m ← β₁ m + (1 − β₁) g                m and v start at 0
        v ← β₂ v + (1 − β₂) g²
        m̂ = μₜ₊₁ m / (1 − Π μ to t + 1) + (1 − μₜ) g / (1 − Π μ to t)
        p ← p − η m̂ / (√v̂ + ε)               v̂ = v / (1 − β₂ᵗ)

    Dozat, "Incorporating Nesterov momentum into Adam", 2016.

    Without momentum m̂ = g, so that the first step has the size η:

    >>> p, g = np.array([1.0]), np.array([2.0])
    >>> state = State({"mean": np.array([0.0]), "mean_square": np.array([0.0])})
    >>> rule = NAdam(learning_rate=0.1, beta1=0.0, epsilon=1e-12)
    >>> rule.step(0, p, g, state, np.empty(1)); p.round(9)
    array([0.9])

    Differs: PyTorch keeps the product of μ in float32 by default, here it is in float64. Keras's ψ
    is 1, its η 0.001 and its ε 1e-7.
    """

    learning_rate: Scalar = positive(2e-3, "step size η; a number or a schedule")
    beta1: Scalar = fraction(0.9, "share of the old mean that is kept, β₁; or a schedule")
    beta2: float = fraction(0.999, "share of the old mean square that is kept, β₂")
    epsilon: float = positive(1e-8, "added to the root, ε")
    momentum_decay: float = non_negative(4e-3, "how fast the momentum warms up, ψ")

    state: ClassVar[tuple[str, ...]] = ("mean", "mean_square")
    looks_ahead: ClassVar[tuple[str, ...]] = ("beta1",)

    def numbers(self, step: int) -> Mapping[str, float]:
        products = _products(self)
        momenta = {"mu": self.mu(step), "following": self.mu(step + 1)}
        product = products[min(step, len(products) - 1)]  # of the momenta up to this step
        return {**super().numbers(step), **momenta, "product": product}

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
        mu: float,
        following: float,
        product: float,
    ) -> tuple[Any, ...]:
        mean = beta1 * mean + (1 - beta1) * g
        mean_square = beta2 * mean_square + (1 - beta2) * g**2
        direction = (1 - mu) / (1 - product) * g
        direction = direction + following / (1 - product * following) * mean
        correction = (1 - beta2 ** (step + 1)) ** 0.5
        root = np.sqrt(mean_square) + epsilon * correction
        return p - learning_rate * correction * direction / root, mean, mean_square

    def step(self, step: int, p: Array, g: Array, state: State, scratch: Array) -> None:
        m, v, beta1 = state.mean, state.mean_square, value(self.beta1, step)
        mu, following = self.mu(step), self.mu(step + 1)
        products = _products(self)
        product = products[min(step, len(products) - 1)]
        axpby(m, beta1, g, 1 - beta1)  # m ← β₁ m + (1 − β₁) g
        np.square(g, out=scratch)
        axpby(v, self.beta2, scratch, 1 - self.beta2)  # v ← β₂ v + (1 − β₂) g²
        axpby(g, (1 - mu) / (1 - product), m, following / (1 - product * following))  # m̂
        np.sqrt(v, out=scratch)
        correction = math.sqrt(1 - self.beta2 ** (step + 1))
        scratch += self.epsilon * correction
        g /= scratch
        axpby(p, 1.0, g, -value(self.learning_rate, step) * correction)  # p ← p − η m̂ / (√v̂ + ε)

    def mu(self, step: int) -> float:
        """Return the momentum of a step, μₜ with t = step + 1."""
        warm: float = 1 - 0.5 * 0.96 ** ((step + 1) * self.momentum_decay)
        return value(self.beta1, step) * warm


@lru_cache(maxsize=8)
def _products(rule: NAdam) -> list[float]:
    """Return the product of the momenta up to each step, as far as it can be told from 0."""
    products = [rule.mu(0)]
    while products[-1] > _NOTHING:
        products.append(products[-1] * rule.mu(len(products)))
    return products
