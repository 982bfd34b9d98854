"""Adafactor."""

from __future__ import annotations

import math
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
    elementwise,
    hyperparameter,
    non_negative,
    positive,
    sum_of_squares,
    value,
)

from .descending import descend


def _divide(g: Array, square: Array, *, scratch: Array, smallest: float) -> None:
    np.sqrt(square, out=square)
    np.maximum(square, smallest, out=square)
    np.divide(g, square, out=g)


@elementwise("g", in_place=_divide)
def _divided(g: Any, square: Any, *, smallest: float) -> Any:
    return g / np.maximum(np.sqrt(square), smallest)


@dataclass(frozen=True)
class Adafactor(UpdateRule):
    r"""Divide by a root mean square of which only the means of rows and columns are kept.

        r ← β r + (1 − β) mean of g² over columns     one number a row; β = 1 − tᵖ, t = 1, 2, …
        c ← β c + (1 − β) mean of g² over rows        one number a column
        v = r cᵀ / max(mean r, ε₁)                    a vector's v is c, and keeps every number
        u = g / max(√v, ε₁)
        α = max(ε₂, RMS(p)) min(η, 1 / √t)
        p ← p − η λ p                                 weights only: `decays` names the roles
        p ← p − α u / max(1, RMS(u) / d)

    Plainly::

        t, kept = step + 1, 1 - (step + 1) ** beta2_decay
        smallest = np.finfo(p.dtype).eps if epsilon1 is None else epsilon1
        rows = kept * rows + (1 - kept) * (g**2).mean(axis=1)
        columns = kept * columns + (1 - kept) * (g**2).mean(axis=0)
        u = g / np.maximum(np.sqrt(np.outer(rows, columns) / max(rows.mean(), smallest)), smallest)
        rate = max(epsilon2, (p**2).mean() ** 0.5) * min(learning_rate, t**-0.5)
        p = p - learning_rate * weight_decay * p
        p = p - rate * u / max(1, (u**2).mean() ** 0.5 / largest_rms)

    Shazeer and Stern, "Adafactor: adaptive learning rates with sublinear memory cost", 2018.

    In the first step β = 0, and u of a single number is 1; RMS(p) = 3 and α = 3 η:

    >>> from framework import Parameter
    >>> p, slots = np.array([[3.0]]), {"rows": np.zeros(1), "columns": np.zeros(1)}
    >>> state = State(slots, Parameter("weights", (1, 1)))
    >>> rule = Adafactor(learning_rate=0.1)
    >>> rule.step(0, p, np.array([[2.0]]), state, np.empty((1, 1))); p.round(9)
    array([[2.7]])

    Differs: PyTorch decays biases and scales, too. optax's has no decay unless it is given one, a
    momentum on request, and factors only from 128 rows and columns on.
    """

    learning_rate: Scalar = positive(1e-2, "largest step η, relative; a number or a schedule")
    beta2_decay: float = hyperparameter(-0.8, "power p of t in the share that is new", below=0)
    epsilon1: float | None = positive(None, "smallest root ε₁; null: what the type can resolve")
    epsilon2: float = positive(1e-3, "smallest size that parameters count as, ε₂")
    largest_rms: float = hyperparameter(1.0, "largest root mean square of u, d", at_least=1)
    weight_decay: float = non_negative(0.0, "decay λ: weights lose the share η λ in a step")
    decays: tuple[Role, ...] = hyperparameter(("weight",), "roles of parameters that decay")

    scope: ClassVar[Scope] = "parameter"
    divide, descend = _divided, descend

    def slots(self) -> Mapping[str, Slot]:
        return {"rows": Slot("rows"), "columns": Slot("columns")}

    def step(self, step: int, p: Array, g: Array, state: State, scratch: Array) -> None:
        smallest = float(np.finfo(p.dtype).eps) if self.epsilon1 is None else self.epsilon1
        new, rate = (step + 1) ** self.beta2_decay, value(self.learning_rate, step)
        rows, columns = state.rows, state.columns
        np.square(g, out=scratch)
        if p.ndim > 1:
            rows += new * (scratch.mean(axis=-1) - rows)
            columns += new * (scratch.mean(axis=-2) - columns)
            whole = np.maximum(rows.mean(axis=-1, keepdims=True), smallest)
            np.multiply((rows / whole)[..., None], columns[..., None, :], out=scratch)
        else:
            columns += new * (scratch - columns)
            np.copyto(scratch, columns)
        u = g
        self.divide(u, scratch, smallest=smallest, scratch=scratch)  # g / max(√v, ε₁)
        size = math.sqrt(sum_of_squares(p) / p.size)
        alpha = max(self.epsilon2, size) * min(rate, 1 / math.sqrt(step + 1))
        assert state.parameter is not None
        if self.weight_decay and state.parameter.role in self.decays:
            np.multiply(p, rate * self.weight_decay, out=scratch)
            p -= scratch  # p ← p − η λ p
        rms = math.sqrt(sum_of_squares(u) / u.size)
        rate = alpha / max(1.0, rms / self.largest_rms)
        self.descend(p, u, rate=rate, scratch=scratch)
