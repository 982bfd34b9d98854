"""Adagrad."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from framework import (
    Array,
    Scalar,
    Slot,
    State,
    UpdateRule,
    axpby,
    hyperparameter,
    non_negative,
    positive,
    value,
)


@dataclass(frozen=True)
class Adagrad(UpdateRule):
    r"""Divide each step by the root of the sum of all squared gradients so far.

        s ← s + g²                           s starts at s₀
        p ← p − η / (1 + δ t) g / (√s + ε)   t = 0, 1, …

    Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic
    optimization", 2011.

    With s = 0 and g = 2, s becomes 4 and the step is η · 2 / 2:

    >>> p, g, state = np.array([1.0]), np.array([2.0]), State({"sum_of_squares": np.array([0.0])})
    >>> Adagrad(learning_rate=0.1).step(0, p, g, state, np.empty(1)); p.round(9)
    array([0.9])

    Differs: nothing from PyTorch's. Keras and optax start at s₀ = 0.1, with an ε of 1e-7 inside
    the root (`epsilon_inside`); Keras's η is 0.001.
    """

    learning_rate: Scalar = positive(1e-2, "step size η; a number or a schedule")
    epsilon: float = positive(1e-10, "added to the root, ε")
    first_sum: float = non_negative(0.0, "the sum of squares before the first step, s₀")
    rate_decay: float = non_negative(0.0, "decay δ of the step size: η / (1 + δ t)")
    epsilon_inside: bool = hyperparameter(False, "add ε to s, inside the root")

    @staticmethod
    def formula(
        p: Any,
        g: Any,
        sum_of_squares: Any,
        learning_rate: float,
        epsilon: float,
        rate_decay: float,
        epsilon_inside: bool,
        step: int,
    ) -> tuple[Any, ...]:
        sum_of_squares = sum_of_squares + g**2
        if epsilon_inside:
            root = np.sqrt(sum_of_squares + epsilon)
        else:
            root = np.sqrt(sum_of_squares) + epsilon
        return p - learning_rate / (1 + rate_decay * step) * g / root, sum_of_squares

    def slots(self) -> Mapping[str, Slot]:
        return {"sum_of_squares": Slot(first=self.first_sum)}

    def step(self, step: int, p: Array, g: Array, state: State, scratch: Array) -> None:
        s = state.sum_of_squares
        np.square(g, out=scratch)
        s += scratch  # s ← s + g²
        if self.epsilon_inside:
            np.add(s, self.epsilon, out=scratch)
            np.sqrt(scratch, out=scratch)
        else:
            np.sqrt(s, out=scratch)
            scratch += self.epsilon
        g /= scratch
        rate = value(self.learning_rate, step) / (1 + self.rate_decay * step)
        axpby(p, 1.0, g, -rate)  # p ← p − η g / (√s + ε)
