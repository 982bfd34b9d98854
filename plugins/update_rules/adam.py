"""Adam."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import (
    Array,
    Scalar,
    Slot,
    State,
    UpdateRule,
    axpby,
    fraction,
    hyperparameter,
    positive,
    value,
)


@dataclass(frozen=True)
class Adam(UpdateRule):
    r"""Divide a mean of gradients by their root mean square.

        m ← β₁ m + (1 − β₁) g                m and v start at 0
        v ← β₂ v + (1 − β₂) g²
        p ← p − η m̂ / (√v̂ + ε)               m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ), t = 1, 2, …

    AMSGrad (`amsgrad`) has the largest v so far in the place of v in the last line.

    Kingma and Ba, "Adam: a method for stochastic optimization", 2015; Reddi, Kale and Kumar, "On
    the convergence of Adam and beyond", 2018.

    In the first step m̂ = g and v̂ = g², so that it has the size η:

    >>> p, g = np.array([1.0]), np.array([2.0])
    >>> state = State({"mean": np.array([0.0]), "mean_square": np.array([0.0])})
    >>> Adam(learning_rate=0.1, epsilon=1e-12).step(0, p, g, state, np.empty(1)); p.round(9)
    array([0.9])

    Differs: nothing from PyTorch's, whose ``weight_decay`` is a regularizer's here (``l2``).
    Keras's ε is 1e-7, beside a √v that is not corrected: `uncorrected_epsilon`, the paper's ε̂.
    """

    learning_rate: Scalar = positive(1e-3, "step size η; a number or a schedule")
    beta1: Scalar = fraction(0.9, "share of the old mean that is kept, β₁; or a schedule")
    beta2: float = fraction(0.999, "share of the old mean square that is kept, β₂")
    epsilon: float = positive(1e-8, "added to the root, ε")
    amsgrad: bool = hyperparameter(False, "divide by the largest mean square so far")
    uncorrected_epsilon: bool = hyperparameter(False, "add ε to √v, not to √v̂, as Keras does")

    state: ClassVar[tuple[str, ...]] = ("mean", "mean_square")

    @staticmethod
    def formula(
        p: Any,
        g: Any,
        mean: Any,
        mean_square: Any,
        largest: Any,
        learning_rate: float,
        beta1: float,
        beta2: float,
        epsilon: float,
        uncorrected_epsilon: bool,
        step: int,
    ) -> tuple[Any, ...]:
        mean = beta1 * mean + (1 - beta1) * g
        mean_square = beta2 * mean_square + (1 - beta2) * g**2
        root = np.sqrt(mean_square)
        if largest is not None:  # amsgrad
            largest = np.maximum(largest, mean_square)
            root = np.sqrt(largest)
        correction = (1 - beta2 ** (step + 1)) ** 0.5  # m̂ / (√v̂ + ε), times it above and below
        epsilon = epsilon if uncorrected_epsilon else epsilon * correction
        rate = learning_rate * correction / (1 - beta1 ** (step + 1))
        return p - rate * mean / (root + epsilon), mean, mean_square, largest

    def slots(self) -> Mapping[str, Slot]:
        further = {"largest": Slot()} if self.amsgrad else {}
        return {**super().slots(), **further}

    def step(self, step: int, p: Array, g: Array, state: State, scratch: Array) -> None:
        m, v, beta1 = state.mean, state.mean_square, value(self.beta1, step)
        axpby(m, beta1, g, 1 - beta1)  # m ← β₁ m + (1 − β₁) g
        np.square(g, out=scratch)
        axpby(v, self.beta2, scratch, 1 - self.beta2)  # v ← β₂ v + (1 − β₂) g²
        if self.amsgrad:
            v = np.maximum(state.largest, v, out=state.largest)
        np.sqrt(v, out=scratch)
        correction = math.sqrt(1 - self.beta2 ** (step + 1))
        scratch += self.epsilon * (1.0 if self.uncorrected_epsilon else correction)
        np.divide(m, scratch, out=g)  # m / ((√v̂ + ε) √(1 − β₂ᵗ))
        rate = value(self.learning_rate, step) * correction / (1 - beta1 ** (step + 1))
        axpby(p, 1.0, g, -rate)  # p ← p − η m̂ / (√v̂ + ε)
