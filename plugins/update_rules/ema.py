"""An exponential moving average of the weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from framework import (
    Array,
    Scalar,
    Slot,
    State,
    UpdateRule,
    Wrapper,
    fraction,
    hyperparameter,
    value,
)

from .following import follow
from .sgd import SGD


@dataclass(frozen=True)
class EMA(Wrapper):
    r"""Another rule, and a running average of the weights it makes, which is what is evaluated.

        a ← β a + (1 − β) p        after each step of the rule inside; a starts at p

    Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992; Tarvainen
    and Valpola, "Mean teachers are better role models", 2017.

    SGD goes from 1 to 0 here, and the average a tenth of that way:

    >>> p, g, average = np.array([1.0]), np.array([1.0]), np.array([1.0])
    >>> rule = EMA(SGD(learning_rate=1.0), decay=0.9)
    >>> rule.step(0, p, g, State({"average": average}), np.empty(1)); average
    array([0.9])

    Differs: Keras's ``use_ema`` keeps 0.99 and puts the average in the weights' place at the end of
    training; PyTorch's ``AveragedModel`` starts with the first weights after a step.
    """

    inner: UpdateRule = hyperparameter(SGD(), "the rule inside")
    decay: Scalar = fraction(0.999, "share of the old average that is kept, β")

    evaluated: ClassVar[str] = "average"
    follow = follow

    def own_slots(self) -> Mapping[str, Slot]:
        return {"average": Slot(first="parameter")}

    def step(self, step: int, p: Array, g: Array, state: State, scratch: Array) -> None:
        self.inner.step(step, p, g, state.of("inner"), scratch)
        share = 1 - value(self.decay, step)
        self.follow(state.average, p, share=share, scratch=scratch)  # a ← a + (1 − β) (p − a)
