"""A rule whose gradients are clipped."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from framework import (
    Array,
    Scope,
    State,
    UpdateRule,
    Wrapper,
    elementwise,
    hyperparameter,
    positive,
    sum_of_squares,
)

from .sgd import SGD


def _scale(g: Array, *, scratch: Array, share: float) -> None:
    g *= share


@elementwise("g", in_place=_scale)
def _scaled(g: Any, *, share: float) -> Any:
    return share * g


@dataclass(frozen=True)
class Clipped(Wrapper):
    r"""Another rule, given gradients whose norm is at most c.

        g ← g min(1, c / (‖g‖ + 1e-6))

    The norm is that of one parameter, or of all that share the rule.

    Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013.

    >>> import numpy as np
    >>> from framework import Parameter
    >>> p, g = np.array([1.0, 1.0]), np.array([3.0, 4.0])
    >>> state = State({}, Parameter("weights", (2,)))
    >>> Clipped(SGD(learning_rate=1.0), largest=1.0).step(0, p, g, state, np.empty(2)); p.round(4)
    array([0.4, 0.2])

    Differs: PyTorch's ``clip_grad_norm_`` and optax's ``clip_by_global_norm`` (without the 1e-6)
    take the norm over the whole network, Keras's ``clipnorm`` over each parameter.
    """

    inner: UpdateRule = hyperparameter(SGD(), "the rule inside")
    largest: float = positive(1.0, "largest norm c")
    over: Literal["parameter", "network"] = hyperparameter(
        "parameter", "what the norm is taken over: each parameter, or all that share the rule"
    )

    scale = _scaled

    @property
    def own_scope(self) -> Scope:  # type: ignore[override]
        return self.over

    def step(self, step: int, p: Array, g: Array, state: State, scratch: Array) -> None:
        norm = math.sqrt(sum_of_squares(g))
        if norm + 1e-6 > self.largest:
            self.scale(g, share=self.largest / (norm + 1e-6), scratch=scratch)
        self.inner.step(step, p, g, state.of("inner"), scratch)
