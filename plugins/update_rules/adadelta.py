"""Adadelta."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import Array, Scalar, State, UpdateRule, axpby, fraction, positive, value


@dataclass(frozen=True)
class Adadelta(UpdateRule):
    r"""Steps as large as the last ones were, so that no rate need be chosen.

        v ← ρ v + (1 − ρ) g²                 v and u start at 0
        d = √(u + ε) / √(v + ε) g
        u ← ρ u + (1 − ρ) d²
        p ← p − η d

    Zeiler, "ADADELTA: an adaptive learning rate method", 2012.

    With ρ = 0.75 and g = 2, v becomes 1 and d is √ε · 2 / √(1 + ε), 1 where ε is a third:

    >>> p, g = np.array([1.0]), np.array([2.0])
    >>> state = State({"mean_square": np.array([0.0]), "mean_square_step": np.array([0.0])})
    >>> Adadelta(decay=0.75, epsilon=1 / 3).step(0, p, g, state, np.empty(1)); p.round(9)
    array([0.])

    Differs: nothing from PyTorch's; Keras's η is 0.001, its ρ 0.95 and its ε 1e-7.
    """

    learning_rate: Scalar = positive(1.0, "factor η of a step; a number or a schedule")
    decay: float = fraction(0.9, "share of the old averages that is kept, ρ")
    epsilon: float = positive(1e-6, "added inside the roots, ε")

    state: ClassVar[tuple[str, ...]] = ("mean_square", "mean_square_step")

    @staticmethod
    def formula(
        p: Any,
        g: Any,
        mean_square: Any,
        mean_square_step: Any,
        learning_rate: float,
        decay: float,
        epsilon: float,
    ) -> tuple[Any, ...]:
        mean_square = decay * mean_square + (1 - decay) * g**2
        d = np.sqrt(mean_square_step + epsilon) / np.sqrt(mean_square + epsilon) * g
        mean_square_step = decay * mean_square_step + (1 - decay) * d**2
        return p - learning_rate * d, mean_square, mean_square_step

    def step(self, step: int, p: Array, g: Array, state: State, scratch: Array) -> None:
        v, u = state
        np.square(g, out=scratch)
        axpby(v, self.decay, scratch, 1 - self.decay)  # v ← ρ v + (1 − ρ) g²
        np.add(v, self.epsilon, out=scratch)
        np.sqrt(scratch, out=scratch)
        g /= scratch
        np.add(u, self.epsilon, out=scratch)
        np.sqrt(scratch, out=scratch)
        g *= scratch  # d = √(u + ε) / √(v + ε) g
        np.square(g, out=scratch)
        axpby(u, self.decay, scratch, 1 - self.decay)  # u ← ρ u + (1 − ρ) d²
        axpby(p, 1.0, g, -value(self.learning_rate, step))  # p ← p − η d
