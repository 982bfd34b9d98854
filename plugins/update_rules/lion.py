"""Lion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import Array, Scalar, State, axpby, fraction, non_negative, positive, value

from .decaying import Decaying


@dataclass(frozen=True)
class Lion(Decaying):
    r"""Step by the sign of a mean of gradients, in which the last one counts for more.

        w ← w − η λ w                        weights only: `decays` names the roles
        p ← p − η sign(β₁ m + (1 − β₁) g)    m starts at 0
        m ← β₂ m + (1 − β₂) g

    Chen et al., "Symbolic discovery of optimization algorithms", 2023.

    m = −1 has nine tenths of the say, so that −0.9 + 0.2 decides:

    >>> p, g, state = np.array([1.0]), np.array([2.0]), State({"mean": np.array([-1.0])})
    >>> Lion(learning_rate=0.1).step(0, p, g, state, np.empty(1)); p.round(9), state.mean
    (array([1.1]), array([-0.97]))

    Differs: PyTorch has none; optax decays all parameters unless it is given a mask, Keras by 0.
    """

    learning_rate: Scalar = positive(1e-4, "step size η; a number or a schedule")
    beta1: Scalar = fraction(0.9, "share of the mean in what decides the sign, β₁; or a schedule")
    beta2: float = fraction(0.99, "share of the old mean that is kept, β₂")
    weight_decay: float = non_negative(1e-3, "decay λ: weights lose the share η λ in a step")

    state: ClassVar[tuple[str, ...]] = ("mean",)

    @staticmethod
    def formula(
        p: Any, g: Any, mean: Any, learning_rate: float, beta1: float, beta2: float
    ) -> tuple[Any, ...]:
        p = p - learning_rate * np.sign(beta1 * mean + (1 - beta1) * g)
        return p, beta2 * mean + (1 - beta2) * g

    def step(self, step: int, p: Array, g: Array, state: State, scratch: Array) -> None:
        (m,) = state
        beta1 = value(self.beta1, step)
        np.multiply(m, beta1, out=scratch)
        axpby(scratch, 1.0, g, 1 - beta1)  # β₁ m + (1 − β₁) g
        axpby(m, self.beta2, g, 1 - self.beta2)  # m ← β₂ m + (1 − β₂) g
        np.sign(scratch, out=g)  # numpy is ten times as slow over the array itself
        axpby(p, 1.0, g, -value(self.learning_rate, step))
