"""LARS."""

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


def _move_in_place(
    p: Array,
    v: Array,
    d: Array,
    *,
    scratch: Array,
    rate: float,
    momentum: float,
    nesterov: bool,
) -> None:
    d *= rate
    v *= momentum
    v += d  # v ← μ v + η c ‖p‖ / (‖d‖ + ε) d
    if nesterov:
        np.multiply(v, momentum, out=scratch)
        d += scratch
        p -= d
    else:
        p -= v


@elementwise("p", "v", in_place=_move_in_place)
def _moved(
    p: Any, v: Any, d: Any, *, rate: float, momentum: float, nesterov: bool
) -> tuple[Any, ...]:
    d = rate * d
    v = momentum * v + d
    return p - (d + momentum * v if nesterov else v), v


@dataclass(frozen=True)
class LARS(UpdateRule):
    r"""Gradient descent with momentum, each parameter's gradient as long as the parameter is large.

        d = g + λ p
        v ← μ v + η c ‖p‖ / (‖d‖ + ε) d      v starts at 0; c ‖p‖ / … is 1 where a norm is 0
        p ← p − v                            Nesterov's: p ← p − (η … d + μ v)

    Norms are those of one parameter: the weights of a layer, its bias. λ p is for the roles that
    `decays` names.

    Plainly::

        d = g + weight_decay * p
        d = d * learning_rate * trust * np.linalg.norm(p) / (np.linalg.norm(d) + epsilon)
        velocity = momentum * velocity + d
        p = p - (d + momentum * velocity if nesterov else velocity)

    You, Gitman and Ginsburg, "Large batch training of convolutional networks", 2017.

    p = (3, 4) has the norm 5 and the gradient the norm 1, so that the step is η c 5 g:

    >>> from framework import Parameter
    >>> p, g = np.array([3.0, 4.0]), np.array([0.0, 1.0])
    >>> state = State({"velocity": np.zeros(2)}, Parameter("weights", (2,)))
    >>> LARS(learning_rate=1.0, trust=0.1).step(0, p, g, state, np.empty(2)); p
    array([3. , 3.5])

    Differs: optax decays all parameters unless it is given a mask. PyTorch and Keras have none.
    """

    learning_rate: Scalar = positive(1.0, "step size η; a number or a schedule")
    momentum: Scalar = fraction(0.9, "share of the old velocity that is kept, μ; or a schedule")
    trust: float = positive(1e-3, "trust coefficient c: a step's length as a share of ‖p‖")
    epsilon: float = non_negative(0.0, "added to ‖d‖, ε")
    weight_decay: float = non_negative(0.0, "decay λ, part of the direction d")
    decays: tuple[Role, ...] = hyperparameter(("weight",), "roles of parameters that decay")
    nesterov: bool = hyperparameter(False, "look ahead along the velocity")

    scope: ClassVar[Scope] = "parameter"
    state: ClassVar[tuple[str, ...]] = ("velocity",)
    move = _moved

    def step(self, step: int, p: Array, g: Array, state: State, scratch: Array) -> None:
        (v,) = state
        mu, d = value(self.momentum, step), g
        assert state.parameter is not None
        if self.weight_decay and state.parameter.role in self.decays:
            np.multiply(p, self.weight_decay, out=scratch)
            d += scratch  # d = g + λ p
        length, size = math.sqrt(sum_of_squares(d)), math.sqrt(sum_of_squares(p))
        ratio = self.trust * size / (length + self.epsilon) if size > 0 and length > 0 else 1.0
        rate = ratio * value(self.learning_rate, step)
        self.move(p, v, d, rate=rate, momentum=mu, nesterov=self.nesterov, scratch=scratch)
