"""Stochastic weight averaging."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Slot, State, UpdateRule, Wrapper, hyperparameter

from .following import follow
from .sgd import SGD


@dataclass(frozen=True)
class SWA(Wrapper):
    r"""Another rule, and the plain mean of the weights it makes, which is what is evaluated.

        a ← a + (p − a) / (n + 1)            after every k steps, from step s on; n = 0, 1, …

    n are the weights in the mean so far. Until the first, a is p.

    Izmailov et al., "Averaging weights leads to wider optima and better generalization", 2018.

    SGD goes from 2 to 1 to 0 here, the mean of which is 0.5:

    >>> p, state = np.array([2.0]), State({"average": np.array([2.0])})
    >>> rule = SWA(SGD(learning_rate=1.0))
    >>> rule.step(0, p, np.array([1.0]), state, np.empty(1))
    >>> rule.step(1, p, np.array([1.0]), state, np.empty(1)); p, state.average
    (array([0.]), array([0.5]))

    Differs: PyTorch's ``AveragedModel`` is told when to update; Keras 3.0 has none.
    """

    inner: UpdateRule = hyperparameter(SGD(), "the rule inside")
    start: int = hyperparameter(0, "steps before the mean begins, s", at_least=0)
    every: int = hyperparameter(1, "steps between weights that are in the mean, k", at_least=1)

    evaluated: ClassVar[str] = "average"
    follow = follow

    def own_slots(self) -> Mapping[str, Slot]:
        return {"average": Slot(first="parameter")}

    def step(self, step: int, p: Array, g: Array, state: State, scratch: Array) -> None:
        self.inner.step(step, p, g, state.of("inner"), scratch)
        count, left = divmod(step + 1 - self.start, self.every)
        if count < 1 or (count == 1 and left == 0):
            np.copyto(state.average, p)
        elif left == 0:
            # a ← a + (p − a) / (n + 1)
            self.follow(state.average, p, share=1 / count, scratch=scratch)
