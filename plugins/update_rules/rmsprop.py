"""RMSProp."""

from __future__ import annotations

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

# Where g is always 0 (a pixel that is always black) v would fade into subnormal numbers, on which
# processors are several times slower: it stays above float32's.
_FAINT = 1.2e-38


@dataclass(frozen=True)
class RMSProp(UpdateRule):
    r"""Divide each step by a running root mean square of the gradient.

        v ← α v + (1 − α) g²        v starts at 0
        p ← p − η g / (√v + ε)

    With `centred`, √(v − a²) is in the place of √v, where a ← α a + (1 − α) g; with `momentum`, a
    velocity b ← μ b + g / (√v + ε) in that of the quotient; with `epsilon_inside`, √(v + ε) is what
    is divided by.

    Tieleman and Hinton, "Neural Networks for Machine Learning", lecture 6.5, 2012; centred: Graves,
    "Generating sequences with recurrent neural networks", 2013.

    With v = 0, α = 0.75 and g = 2, v becomes 1 and the step is η · 2 / 1:

    >>> p, g, v = np.array([1.0]), np.array([2.0]), np.array([0.0])
    >>> rule = RMSProp(learning_rate=0.1, decay=0.75, epsilon=1e-12)
    >>> rule.step(0, p, g, State({"mean_square": v}), np.empty(1)); p.round(9), v
    (array([0.8]), array([1.]))

    Differs: PyTorch's default α is 0.99 and η 0.01. Keras puts ε inside the root
    (`epsilon_inside`) and η into the velocity, which is another once η changes. Where a gradient
    hardly changes, v − a² is a rounding, which is its own in each library; here it is not below 0.
    """

    learning_rate: Scalar = positive(1e-4, "step size η; a number or a schedule")
    decay: float = fraction(0.85, "share of the old average that is kept, α")
    epsilon: float = positive(1e-8, "added to the root, ε")
    centred: bool = hyperparameter(False, "divide by the deviation, √(v − a²)")
    momentum: Scalar = fraction(0.0, "share of the old velocity that is kept, μ; or a schedule")
    epsilon_inside: bool = hyperparameter(False, "add ε to v, inside the root, as Keras does")

    state: ClassVar[tuple[str, ...]] = ("mean_square",)

    @staticmethod
    def formula(
        p: Any,
        g: Any,
        mean_square: Any,
        mean: Any,
        velocity: Any,
        learning_rate: float,
        decay: float,
        epsilon: float,
        momentum: float,
        epsilon_inside: bool,
    ) -> tuple[Any, ...]:
        mean_square = decay * mean_square + (1 - decay) * g**2 + _FAINT
        variance = mean_square
        if mean is not None:  # centred
            mean = decay * mean + (1 - decay) * g
            variance = np.maximum(mean_square - mean**2, 0)
        if epsilon_inside:
            change = g / np.sqrt(variance + epsilon)
        else:
            change = g / (np.sqrt(variance) + epsilon)
        if velocity is not None:
            velocity = momentum * velocity + change
            change = velocity
        return p - learning_rate * change, mean_square, mean, velocity

    def slots(self) -> Mapping[str, Slot]:
        further = {"mean": self.centred, "velocity": self.momentum != 0}
        return {**super().slots(), **{name: Slot() for name, kept in further.items() if kept}}

    def step(self, step: int, p: Array, g: Array, state: State, scratch: Array) -> None:
        v = state[0]
        np.square(g, out=scratch)
        # v stays above subnormal numbers, as `_FAINT` says
        scratch += np.finfo(v.dtype).smallest_normal / (1 - self.decay)
        axpby(v, self.decay, scratch, 1 - self.decay)  # v ← α v + (1 − α) g²
        if self.centred:
            a = state.mean
            axpby(a, self.decay, g, 1 - self.decay)  # a ← α a + (1 − α) g
            np.square(a, out=scratch)
            v = np.subtract(v, scratch, out=scratch)
            np.maximum(v, 0, out=v)  # rounding may leave less than nothing
        if self.epsilon_inside:
            np.add(v, self.epsilon, out=scratch)
            np.sqrt(scratch, out=scratch)  # √(v + ε)
        else:
            np.sqrt(v, out=scratch)
            scratch += self.epsilon  # √v + ε
        g /= scratch
        if self.momentum != 0:
            axpby(state.velocity, value(self.momentum, step), g, 1.0)  # b ← μ b + g / (√v + ε)
            g = state.velocity
        axpby(p, 1.0, g, -value(self.learning_rate, step))  # p ← p − η g / (√v + ε)
