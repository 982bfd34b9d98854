"""Rprop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from framework import Array, Slot, State, UpdateRule, hyperparameter, positive


@dataclass(frozen=True)
class Rprop(UpdateRule):
    r"""Step by the sign of the gradient alone, farther while it stays, less far when it turns.

        s ← s · 1.2, at most 50              where g has the sign of the last one
        s ← s · 0.5, at least 1e-6; g ← 0    where it has the other sign
        p ← p − s sign(g)                    s starts at s₀, the last g at 0

    It is for whole batches: from one minibatch to the next, signs change by chance.

    Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning: the RPROP
    algorithm", 1993; without its way back.

    The second gradient has the sign of the first, so its step is 1.2 times as long:

    >>> p, state = np.array([1.0]), State({"size": np.array([0.1]), "last_sign": np.array([0.0])})
    >>> rule = Rprop(first_size=0.1)
    >>> rule.step(0, p, np.array([2.0]), state, np.empty(1))
    >>> rule.step(1, p, np.array([3.0]), state, np.empty(1)); p.round(9)
    array([0.78])

    Differs: nothing from PyTorch's, whose ``lr`` is `first_size`. Keras has none.
    """

    first_size: float = positive(0.01, "size of the first step, s₀")
    smaller: float = hyperparameter(0.5, "factor where the sign changes", above=0, below=1)
    larger: float = hyperparameter(1.2, "factor where it does not", above=1)
    smallest: float = positive(1e-6, "smallest size of a step")
    largest: float = positive(50.0, "largest size of a step")

    @staticmethod
    def formula(
        p: Any,
        g: Any,
        size: Any,
        last_sign: Any,
        smaller: float,
        larger: float,
        smallest: float,
        largest: float,
    ) -> tuple[Any, ...]:
        sign = np.sign(g)
        turned = sign * last_sign
        size = np.where(turned > 0, larger * size, np.where(turned < 0, smaller * size, size))
        size = np.clip(size, smallest, largest)
        last_sign = np.where(turned < 0, 0.0, sign)
        return p - size * last_sign, size, last_sign

    def __post_init__(self) -> None:
        if self.smallest > self.largest:
            raise ValueError(
                f"expected smallest at most largest, got {self.smallest:g} and {self.largest:g}"
            )

    def slots(self) -> Mapping[str, Slot]:
        return {"size": Slot(first=self.first_size), "last_sign": Slot()}

    def step(self, step: int, p: Array, g: Array, state: State, scratch: Array) -> None:
        size, last = state
        sign = np.sign(g, out=scratch)
        turned = np.multiply(sign, last, out=last)  # 1: as before, −1: turned, 0: neither
        factor = np.maximum(turned, 0, out=g)
        factor *= self.larger - 1
        factor += 1
        size *= factor
        np.minimum(turned, 0, out=turned)
        np.multiply(turned, 1 - self.smaller, out=factor)
        factor += 1
        size *= factor
        np.clip(size, self.smallest, self.largest, out=size)
        turned += 1
        np.multiply(sign, turned, out=last)  # sign(g), 0 where it turned
        np.multiply(size, last, out=g)
        p -= g  # p ← p − s sign(g)
