"""Schedule-free learning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import (
    Array,
    Role,
    Scalar,
    Scope,
    Slot,
    State,
    UpdateRule,
    Wrapper,
    elementwise,
    fraction,
    hyperparameter,
    non_negative,
    value,
)

from .sgd import SGD


def _average(x: Array, y: Array, z: Array, *, scratch: Array, c: float, beta: float) -> None:
    np.subtract(z, x, out=scratch)
    scratch *= c
    x += scratch  # x ← x + c (z − x)
    np.subtract(x, z, out=scratch)
    scratch *= beta
    np.add(z, scratch, out=y)  # y = z + β (x − z)


@elementwise("x", "y", in_place=_average)
def _averaged(x: Any, y: Any, z: Any, *, c: float, beta: float) -> tuple[Any, ...]:
    x = x + c * (z - x)
    return x, z + beta * (x - z)


@dataclass(frozen=True)
class ScheduleFree(Wrapper):
    r"""Another rule, averaged so that its rate needs no schedule.

        z ← the rule's step from z, with the gradient at y
        x ← (1 − c) x + c z          c = w / Σ w, w = (the largest rate so far)ʳ
        y = (1 − β) z + β x          x, y and z start at the same weights

    y are the weights that are trained; x, their average, are evaluated, saved as final and
    exported. Weight decay of the rule inside is taken at y, from z.

    Defazio et al., "The road less scheduled", 2024.

    In the first step c = 1, so that x, y and z are the same:

    >>> from framework import Parameter
    >>> y, g, x, z = np.array([1.0]), np.array([2.0]), np.array([1.0]), np.array([1.0])
    >>> slots = {"x": x, "z": z, "weight_sum": np.array(0.0), "largest_rate": np.array(0.0)}
    >>> state = State(slots, Parameter("weights", (1,)))
    >>> ScheduleFree(SGD(learning_rate=0.1)).step(0, y, g, state, np.empty(1)); x, y, z
    (array([0.8]), array([0.8]), array([0.8]))

    Differs: optax keeps y and z, and has x from them where it is asked for; here x is kept, too.
    """

    inner: UpdateRule = hyperparameter(SGD(), "the rule inside; it needs a learning_rate")
    beta: float = fraction(0.9, "share of the average in the weights that are trained, β")
    power: float = non_negative(2.0, "power r of the rate that weighs a step")

    own_scope: ClassVar[Scope] = "parameter"
    evaluated: ClassVar[str] = "x"
    average = _averaged

    def __post_init__(self) -> None:
        _learning_rate(self.inner)

    def own_slots(self) -> Mapping[str, Slot]:
        average, total = Slot(first="parameter"), Slot("scalar")
        return {"x": average, "z": average, "weight_sum": total, "largest_rate": total}

    def decay_share(self, step: int, role: Role) -> float:
        return 0.0  # of what is trained, y: it is taken from z, below

    def step(self, step: int, p: Array, g: Array, state: State, scratch: Array) -> None:
        x, z = state.x, state.z
        assert state.parameter is not None
        share = self.inner.decay_share(step, state.parameter.role)
        if share:
            np.multiply(p, share, out=scratch)
            z -= scratch
        self.inner.step(step, z, g, state.of("inner"), scratch)
        rate = max(float(state.largest_rate), value(_learning_rate(self.inner), step))
        weight = rate**self.power
        state.largest_rate[...] = rate
        state.weight_sum += weight
        c = weight / float(state.weight_sum) if weight else 0.0
        self.average(x, p, z, c=c, beta=self.beta, scratch=scratch)


def _learning_rate(rule: UpdateRule) -> Scalar:
    """Return the learning rate of a rule, or of the one that it wraps."""
    inside = rule
    while not hasattr(inside, "learning_rate"):
        if not isinstance(inside, Wrapper):
            raise ValueError(
                f"schedule_free weighs steps by the rate of the rule inside; {type(rule).__name__}"
                " has no learning_rate"
            )
        inside = inside.inner
    rate: Scalar = inside.learning_rate
    return rate
