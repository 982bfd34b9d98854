"""LAMB."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import (
    Array,
    Role,
    Scalar,
    Scope,
    State,
    UpdateRule,
    elementwise,
    fraction,
    hyperparameter,
    non_negative,
    positive,
    sum_of_squares,
    value,
)

from .descending import descend


def _direct_in_place(
    g: Array,
    m: Array,
    v: Array,
    p: Array,
    *,
    scratch: Array,
    beta1: float,
    beta2: float,
    epsilon: float,
    decay: float,
    step: int,
) -> None:
    m *= beta1
    np.multiply(g, 1 - beta1, out=scratch)
    m += scratch  # m ← β₁ m + (1 − β₁) g
    v *= beta2
    np.square(g, out=scratch)
    scratch *= 1 - beta2
    v += scratch  # v ← β₂ v + (1 − β₂) g²
    np.divide(v, 1 - beta2 ** (step + 1), out=scratch)
    np.sqrt(scratch, out=scratch)
    scratch += epsilon
    scratch *= 1 - beta1 ** (step + 1)
    np.divide(m, scratch, out=g)  # m̂ / (√v̂ + ε)
    if decay:
        np.multiply(p, decay, out=scratch)
        g += scratch  # + λ p


@elementwise("g", "m", "v", in_place=_direct_in_place)
def _directed(
    g: Any,
    m: Any,
    v: Any,
    p: Any,
    *,
    beta1: float,
    beta2: float,
    epsilon: float,
    decay: float,
    step: int,
) -> tuple[Any, ...]:
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    correction = (1 - beta2 ** (step + 1)) ** 0.5  # m̂ / (√v̂ + ε), times it above and below
    share = correction / (1 - beta1 ** (step + 1))
    return share * m / (np.sqrt(v) + epsilon * correction) + decay * p, m, v


@dataclass(frozen=True)
class LAMB(UpdateRule):
    r"""Adam's direction, made as long as each parameter is large.

        m ← β₁ m + (1 − β₁) g                m and v start at 0
        v ← β₂ v + (1 − β₂) g²
        d = m̂ / (√v̂ + ε) + λ p               m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ), t = 1, 2, …
        p ← p − η ‖p‖ / ‖d‖ d                the ratio is 1 where a norm is 0

    Norms are those of one parameter: the weights of a layer, its bias. λ p is for the roles that
    `decays` names.

    Plainly::

        mean = beta1 * mean + (1 - beta1) * g
        mean_square = beta2 * mean_square + (1 - beta2) * g**2
        root = np.sqrt(mean_square / (1 - beta2 ** (step + 1)))
        d = mean / (1 - beta1 ** (step + 1)) / (root + epsilon) + weight_decay * p
        p = p - learning_rate * np.linalg.norm(p) / np.linalg.norm(d) * d

    You et al., "Large batch optimization for deep learning: training BERT in 76 minutes", 2020.

    In the first step every element of d is 1 here, so ‖d‖ = √2; p = (3, 4) has the norm 5:

    >>> p, g = np.array([3.0, 4.0]), np.array([2.0, 7.0])
    >>> from framework import Parameter
    >>> state = State({"mean": np.zeros(2), "mean_square": np.zeros(2)}, Parameter("weights", (2,)))
    >>> rule = LAMB(learning_rate=0.1, epsilon=1e-12, weight_decay=0.0)
    >>> rule.step(0, p, g, state, np.empty(2)); p.round(6)
    array([2.646447, 3.646447])

    Differs: optax's decays all parameters unless it is given a mask, and by 0 unless told
    otherwise; PyTorch and Keras 3.0 have none.
    """

    learning_rate: Scalar = positive(1e-3, "step size η; a number or a schedule")
    beta1: float = fraction(0.9, "share of the old mean that is kept, β₁")
    beta2: float = fraction(0.999, "share of the old mean square that is kept, β₂")
    epsilon: float = positive(1e-6, "added to the root, ε")
    weight_decay: float = non_negative(0.0, "decay λ, part of the direction d")
    decays: tuple[Role, ...] = hyperparameter(("weight",), "roles of parameters that decay")

    scope: ClassVar[Scope] = "parameter"
    state: ClassVar[tuple[str, ...]] = ("mean", "mean_square")
    direct, descend = _directed, descend

    def step(self, step: int, p: Array, g: Array, state: State, scratch: Array) -> None:
        m, v = state
        assert state.parameter is not None
        d = g
        self.direct(
            *(d, m, v, p),
            scratch=scratch,
            beta1=self.beta1,
            beta2=self.beta2,
            epsilon=self.epsilon,
            decay=self.weight_decay if state.parameter.role in self.decays else 0.0,
            step=step,
        )
        length, size = math.sqrt(sum_of_squares(d)), math.sqrt(sum_of_squares(p))
        ratio = size / length if size > 0 and length > 0 else 1.0
        rate = ratio * value(self.learning_rate, step)
        self.descend(p, d, rate=rate, scratch=scratch)  # p ← p − η ‖p‖ / ‖d‖ d
