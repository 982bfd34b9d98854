"""An update rule's arrays, and the steps it takes over them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from framework.components.base import Array
from framework.components.update_rule import UpdateRule
from framework.testing.assertions import normal

SIZE = 24


class RuleSteps:
    """A rule's arrays, and the steps it takes with gradients that are drawn before."""

    def __init__(self, rule: UpdateRule, size: int = SIZE, dtype: str = "float64") -> None:
        self.rule = rule
        self.p = normal((size,), 1, dtype)
        self.state = [np.zeros(size, dtype) for _ in rule.state]
        self.step = 0

    def take(self, count: int, gradient: Callable[[int, Array], Array] | None = None) -> RuleSteps:
        """Take some steps; scratch holds nan before each."""
        given = gradient or drawn
        for _ in range(count):
            g = given(self.step, self.p)
            self.rule.step(self.step, self.p, g, self.state, np.full_like(self.p, np.nan))
            self.step += 1
        return self

    def copy(self, rule: UpdateRule | None = None) -> RuleSteps:
        """Return the same in arrays of its own, as a checkpoint would."""
        other = RuleSteps(rule or self.rule, len(self.p))
        other.p, other.step = self.p.copy(), self.step
        other.state = [a.copy() for a in self.state]
        return other

    def arrays(self) -> dict[str, Array]:
        """Return parameters and state by name."""
        return {"parameters": self.p} | dict(zip(self.rule.state, self.state, strict=True))


def drawn(step: int, p: Array) -> Array:
    return np.random.default_rng(step).standard_normal(len(p)).astype(p.dtype)
