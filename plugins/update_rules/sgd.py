"""Stochastic gradient descent, with or without momentum."""

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
    fraction,
    hyperparameter,
    positive,
    value,
)


@dataclass(frozen=True)
class SGD(UpdateRule):
    r"""Step against the gradient, or against a running sum of gradients.

        p ← p − η g                     without momentum, μ = 0

        v ← μ v + (1 − d) g             with it; in the first step v = g
        p ← p − η v                     Nesterov's: p ← p − η (g + μ v)

    Without momentum nothing is kept, and the engine fuses the step with the product that makes
    ``g`` where it can (`framework/engine/affine.py`).

    Robbins and Monro, "A stochastic approximation method", 1951; Polyak, "Some methods of speeding
    up the convergence of iteration methods", 1964; Sutskever et al., "On the importance of
    initialization and momentum in deep learning", 2013.

    >>> p, g = np.array([1.0]), np.array([2.0])
    >>> SGD(learning_rate=0.1).step(0, p, g, (), np.empty(1)); p
    array([0.8])

    With v = 1 and μ = 0.5 the new v is 2.5:

    >>> p, g, state = np.array([1.0]), np.array([2.0]), State({"velocity": np.array([1.0])})
    >>> SGD(learning_rate=0.1, momentum=0.5).step(1, p, g, state, np.empty(1)); p, state.velocity
    (array([0.75]), array([2.5]))

    Differs: nothing from PyTorch's, whose ``weight_decay`` is a regularizer's here (``l2``). Keras
    keeps η in the velocity, v ← μ v + η g, which is another once η changes: `rate_in_velocity`.
    """

    learning_rate: Scalar = positive(0.1, "step size η; a number or a schedule")
    momentum: Scalar = fraction(0.0, "share of the old velocity that is kept, μ; or a schedule")
    dampening: float = fraction(0.0, "share of the gradient that the velocity is not given, d")
    nesterov: bool = hyperparameter(False, "look ahead along the velocity; it needs momentum")
    rate_in_velocity: bool = hyperparameter(False, "keep η g in the velocity, as Keras does")

    @staticmethod
    def formula(
        p: Any,
        g: Any,
        velocity: Any,
        learning_rate: float,
        momentum: float,
        dampening: float,
        nesterov: bool,
        rate_in_velocity: bool,
        step: int,
    ) -> tuple[Any, ...]:
        if rate_in_velocity:
            g = learning_rate * g
            learning_rate = 1.0
        change = g
        if velocity is not None:
            velocity = momentum * velocity + (1 - dampening) * g if step > 0 else g
            change = g + momentum * velocity if nesterov else velocity
        return p - learning_rate * change, velocity

    def __post_init__(self) -> None:
        if self.nesterov and (self.dampening or not self._keeps_velocity):
            raise ValueError("nesterov needs a momentum greater than 0, and a dampening of 0")

    @property
    def _keeps_velocity(self) -> bool:
        return self.momentum != 0

    def slots(self) -> Mapping[str, Slot]:
        return {"velocity": Slot()} if self._keeps_velocity else {}

    def step(self, step: int, p: Array, g: Array, state: State, scratch: Array) -> None:
        rate = value(self.learning_rate, step)
        if not self._keeps_velocity:
            axpby(p, 1.0, g, -rate)  # p ← p − η g
            return
        v, mu = state.velocity, value(self.momentum, step)
        if self.rate_in_velocity:
            g *= rate
            rate = 1.0
        if step == 0:
            np.copyto(v, g)
        else:
            axpby(v, mu, g, 1 - self.dampening)  # v ← μ v + (1 − d) g
        if self.nesterov:
            axpby(g, 1.0, v, mu)  # g + μ v
            axpby(p, 1.0, g, -rate)
        else:
            axpby(p, 1.0, v, -rate)  # p ← p − η v

    def plain_sgd_rate(self, step: int) -> float | None:
        return None if self._keeps_velocity else value(self.learning_rate, step)
