"""Lookahead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Slot, State, UpdateRule, Wrapper, hyperparameter

from .following import follow
from .sgd import SGD


@dataclass(frozen=True)
class Lookahead(Wrapper):
    r"""Another rule, and weights that follow it slowly: k steps forward, one back.

        s ← s + α (p − s)        after every k steps of the rule inside; s starts at p
        p ← s

    s, the slow weights, are what is evaluated, saved as final and exported.

    Zhang et al., "Lookahead optimizer: k steps forward, 1 step back", 2019.

    With k = 1, SGD goes from 1 to 0, and half of the way is kept:

    >>> p, g = np.array([1.0]), np.array([1.0])
    >>> rule = Lookahead(SGD(learning_rate=1.0), steps=1)
    >>> rule.step(0, p, g, State({"slow": np.array([1.0])}), np.empty(1)); p
    array([0.5])
    """

    inner: UpdateRule = hyperparameter(SGD(), "the rule inside")
    steps: int = hyperparameter(5, "steps before the slow weights follow, k", at_least=1)
    share: float = hyperparameter(0.5, "share of the way that they follow, α", above=0, at_most=1)

    evaluated: ClassVar[str] = "slow"
    follow = follow

    def own_slots(self) -> Mapping[str, Slot]:
        return {"slow": Slot(first="parameter")}

    def step(self, step: int, p: Array, g: Array, state: State, scratch: Array) -> None:
        self.inner.step(step, p, g, state.of("inner"), scratch)
        if (step + 1) % self.steps == 0:
            self.follow(state.slow, p, share=self.share, scratch=scratch)  # s ← s + α (p − s)
            np.copyto(p, state.slow)
