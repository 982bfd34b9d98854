"""An update rule's arrays, and the steps it takes over them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from framework.components.base import Array
from framework.components.layer import Parameter, Role
from framework.components.update_rule import Slot, State, UpdateRule, decay_weights, scope_of
from framework.testing.assertions import normal

SIZE = 24
_COLUMNS = 4


class RuleSteps:
    """A rule's arrays, and the steps it takes with gradients that are drawn before.

    Parameters are 1-D, but for a rule of scope ``parameter``, which gets a matrix of weights, or a
    vector of another role.
    """

    def __init__(
        self, rule: UpdateRule, size: int = SIZE, dtype: str = "float64", role: Role = "weight"
    ) -> None:
        self.rule = rule
        alone = scope_of(rule) == "parameter"
        matrix = alone and role == "weight"
        shape = (size // _COLUMNS, _COLUMNS) if matrix else (size,)
        self.parameter = Parameter("checked", shape, role)
        self._of_state = self.parameter if alone else None
        self.slots = dict(rule.slots())
        self.step = 0
        self.begin(normal((size,), 1, dtype).reshape(shape))

    def begin(self, p: Array) -> None:
        """Set the parameters, and what the rule keeps to what it is at first."""
        self.p = np.array(p)
        self.state = State(
            {name: first_values(slot, self.p) for name, slot in self.slots.items()}, self._of_state
        )

    def take(self, count: int, gradient: Callable[[int, Array], Array] | None = None) -> RuleSteps:
        """Take some steps; scratch holds nan before each."""
        given = gradient or drawn
        for _ in range(count):
            g = given(self.step, self.p)
            scratch = np.full_like(self.p, np.nan)
            decay_weights(self.rule, self.step, self.p, self.parameter, scratch)
            self.rule.step(self.step, self.p, g, self.state, scratch)
            self.step += 1
        return self

    def copy(self, rule: UpdateRule | None = None) -> RuleSteps:
        """Give the same steps in arrays of its own, as a checkpoint would."""
        other = RuleSteps(rule or self.rule, self.p.size)
        other.p, other.step = self.p.copy(), self.step
        other.state = State(
            {n: a.copy() for n, a in zip(self.slots, self.state, strict=True)}, self._of_state
        )
        return other

    def arrays(self) -> dict[str, Array]:
        """Give parameters and state by name."""
        return {"parameters": self.p} | dict(zip(self.slots, self.state, strict=True))


def first_values(slot: Slot, p: Array) -> Array:
    """Give a slot as it is before the first step."""
    if slot.first == "parameter":
        return p.copy()
    dtype = "float64" if slot.like == "scalar" else p.dtype
    return np.full(slot.shape(p.shape), slot.first, dtype)


def drawn(step: int, p: Array) -> Array:
    return np.random.default_rng(step).standard_normal(p.shape).astype(p.dtype)
