"""AdamW."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    Array,
    Role,
    Scalar,
    State,
    UpdateRule,
    axpby,
    fraction,
    hyperparameter,
    non_negative,
    positive,
    value,
)


@dataclass(frozen=True)
class AdamW(UpdateRule):
    r"""Divide a mean of gradients by their root mean square; decay the weights beside it.

        w ← w − η λ w                        weights only: `decays` names the roles
        m ← β₁ m + (1 − β₁) g                m and v start at 0
        v ← β₂ v + (1 − β₂) g²
        p ← p − η m̂ / (√v̂ + ε)               m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ), t = 1, 2, …

    Plainly::

        mean = beta1 * mean + (1 - beta1) * g
        mean_square = beta2 * mean_square + (1 - beta2) * g**2
        corrected = np.sqrt(mean_square / (1 - beta2 ** (step + 1)))
        p = p - learning_rate * mean / (1 - beta1 ** (step + 1)) / (corrected + epsilon)

    The decay comes first, and is the core's (`UpdateRule.decay_share`). With a decay of 0 this is
    Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015).

    Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.

    In the first step m̂ = g and v̂ = g², so that it has the size η:

    >>> p, g = np.array([1.0]), np.array([2.0])
    >>> state = State({"mean": np.array([0.0]), "mean_square": np.array([0.0])})
    >>> AdamW(learning_rate=0.1, epsilon=1e-12).step(0, p, g, state, np.empty(1)); p.round(9)
    array([0.9])

    Differs: PyTorch decays biases and scales, too (``decays=[weight,bias,scale,table]``). Keras's
    λ is 0.004, its ε 1e-7 and beside a √v that is not corrected.
    """

    learning_rate: Scalar = positive(1e-3, "step size η; a number or a schedule")
    beta1: float = fraction(0.9, "share of the old mean that is kept, β₁")
    beta2: float = fraction(0.999, "share of the old mean square that is kept, β₂")
    epsilon: float = positive(1e-8, "added to the root, ε")
    weight_decay: float = non_negative(0.01, "decay λ: weights lose the share η λ in a step")
    decays: tuple[Role, ...] = hyperparameter(("weight",), "roles of parameters that decay")

    state: ClassVar[tuple[str, ...]] = ("mean", "mean_square")

    def decay_share(self, step: int, role: Role) -> float:
        return self.weight_decay * value(self.learning_rate, step) if role in self.decays else 0.0

    def step(self, step: int, p: Array, g: Array, state: State, scratch: Array) -> None:
        m, v = state
        axpby(m, self.beta1, g, 1 - self.beta1)  # m ← β₁ m + (1 − β₁) g
        np.square(g, out=scratch)
        axpby(v, self.beta2, scratch, 1 - self.beta2)  # v ← β₂ v + (1 − β₂) g²
        np.divide(v, 1 - self.beta2 ** (step + 1), out=scratch)
        np.sqrt(scratch, out=scratch)
        scratch += self.epsilon  # √v̂ + ε
        np.divide(m, scratch, out=g)
        correction = 1 - self.beta1 ** (step + 1)
        axpby(p, 1.0, g, -value(self.learning_rate, step) / correction)  # p ← p − η m̂ / (√v̂ + ε)
