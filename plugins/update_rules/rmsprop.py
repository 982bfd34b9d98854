"""RMSProp."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Scalar, UpdateRule, axpby, fraction, positive, value


@dataclass(frozen=True)
class RMSProp(UpdateRule):
    r"""Divide each step by a running root mean square of the gradient.

        v ← α v + (1 − α) g²        v starts at 0
        p ← p − η g / (√v + ε)

    Plainly::

        v = decay * v + (1 - decay) * g**2
        p = p - learning_rate * g / (np.sqrt(v) + epsilon)

    Tieleman and Hinton, "Neural Networks for Machine Learning", lecture 6.5, 2012.

    With v = 0, α = 0.75 and g = 2, v becomes 1 and the step is η · 2 / 1:

    >>> p, g, v = np.array([1.0]), np.array([2.0]), np.array([0.0])
    >>> rule = RMSProp(learning_rate=0.1, decay=0.75, epsilon=1e-12)
    >>> rule.step(0, p, g, (v,), np.empty(1)); p.round(9), v
    (array([0.8]), array([1.]))

    Differs: PyTorch's default α is 0.99 and η 0.01; Keras puts ε inside the root.
    """

    learning_rate: Scalar = positive(1e-4, "step size η; a number or a schedule")
    decay: float = fraction(0.85, "share of the old average that is kept, α")
    epsilon: float = positive(1e-8, "added to the root, ε")

    state: ClassVar[tuple[str, ...]] = ("mean_square",)

    def step(self, step: int, p: Array, g: Array, state: Sequence[Array], scratch: Array) -> None:
        (v,) = state
        np.square(g, out=scratch)
        # Where g is always 0 (a pixel that is always black) v would fade into subnormal numbers,
        # on which processors are several times slower.
        scratch += np.finfo(v.dtype).smallest_normal / (1 - self.decay)
        axpby(v, self.decay, scratch, 1 - self.decay)  # v ← α v + (1 − α) g²
        np.sqrt(v, out=scratch)
        scratch += self.epsilon  # √v + ε
        g /= scratch
        axpby(p, 1.0, g, -value(self.learning_rate, step))  # p ← p − η g / (√v + ε)
