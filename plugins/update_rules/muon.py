"""Muon."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from framework import (
    Array,
    Parameter,
    Role,
    Scalar,
    Scope,
    Slot,
    State,
    UpdateRule,
    fraction,
    hyperparameter,
    non_negative,
    positive,
    sum_of_squares,
    value,
)

from .adamw import AdamW

_A, _B, _C = 3.4445, -4.7750, 2.0315
_SMALLEST_NORM = 1e-7


@dataclass(frozen=True)
class Muon(UpdateRule):
    r"""Step along the orthogonal matrix that is nearest to a mean of gradients.

        W ← W − η λ W
        M ← μ M + (1 − μ) G                  M starts at 0
        X = orthogonal((1 − μ) G + μ M)      five steps of Newton and Schulz
        W ← W − η √max(1, columns / rows) X

    (orthogonal(M) without `nesterov`) for the weights that are matrices; `other` moves everything
    else (biases, scales, tables). A step of Newton and Schulz brings all singular values of X,
    whose norm is 1 at first, near to 1:

        X ← a X + (b A + c A²) X             A = X Xᵀ, a = 3.4445, b = −4.7750, c = 2.0315

    Plainly::

        momentum_of_g = momentum * momentum_of_g + (1 - momentum) * g
        x = (1 - momentum) * g + momentum * momentum_of_g if nesterov else momentum_of_g
        x = x / np.linalg.norm(x)
        for _ in range(5):
            a = x @ x.T
            x = 3.4445 * x - 4.7750 * a @ x + 2.0315 * a @ a @ x
        rows, columns = p.shape
        ratio = max(1, columns / rows) if scale == "original" else 0.04 * max(rows, columns)
        p = p - learning_rate * ratio**0.5 * x

    Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024; the other scale:
    Liu et al., "Muon is scalable for LLM training", 2025.

    A 1 × 1 matrix has one singular value, 1 once it is scaled; five steps bring it to 0.6964:

    >>> p, g = np.array([[1.0]]), np.array([[2.0]])
    >>> slots = {"momentum_of_g": np.zeros((1, 1))}
    >>> state = State(slots, Parameter("weights", (1, 1)))
    >>> Muon(learning_rate=1.0).step(0, p, g, state, np.empty((1, 1))); (1 - p).round(4)
    array([[0.6964]])

    Differs: PyTorch's refuses what is no matrix, and iterates in bfloat16. Its matrices are
    [out, in], so that its ratio is rows / columns. What `momentum_of_g` and `other` keep is laid
    out for every parameter, though each uses only one of them.
    """

    learning_rate: Scalar = positive(1e-3, "step size η of matrices; a number or a schedule")
    momentum: Scalar = fraction(0.95, "share of the old mean of gradients that is kept, μ")
    weight_decay: float = non_negative(0.1, "decay λ of weights: they lose the share η λ in a step")
    nesterov: bool = hyperparameter(True, "look ahead along the mean of gradients")
    scale: Literal["original", "match_rms_adamw"] = hyperparameter(
        "original", "factor of X: √max(1, columns / rows), or 0.2 √max(rows, columns)"
    )
    other: UpdateRule = hyperparameter(AdamW(), "the rule that moves what is no matrix of weights")

    scope: ClassVar[Scope] = "parameter"

    def slots(self) -> Mapping[str, Slot]:
        return {"momentum_of_g": Slot(), **self.inner_slots("other")}

    def check(self, parameter: Parameter) -> None:
        if not _is_matrix(parameter):
            self.other.check(parameter)

    def decay_share(self, step: int, role: Role) -> float:
        if role != "weight":
            return self.other.decay_share(step, role)
        return self.weight_decay * value(self.learning_rate, step)  # η λ

    def step(self, step: int, p: Array, g: Array, state: State, scratch: Array) -> None:
        assert state.parameter is not None
        if not _is_matrix(state.parameter):
            self.other.step(step, p, g, state.of("other"), scratch)
            return
        m, mu = state.momentum_of_g, value(self.momentum, step)
        np.subtract(g, m, out=scratch)
        if mu < 0.5:  # from the larger share, so that a small G is not lost beside a large M
            scratch *= mu
            np.subtract(g, scratch, out=m)
        else:
            scratch *= 1 - mu
            m += scratch  # M ← μ M + (1 − μ) G
        if self.nesterov:
            g *= 1 - mu
            np.multiply(m, mu, out=scratch)
            g += scratch  # (1 − μ) G + μ M
        np.copyto(scratch, orthogonal(g if self.nesterov else m))
        scratch *= value(self.learning_rate, step) * self._factor(*p.shape)
        p -= scratch

    def _factor(self, rows: int, columns: int) -> float:
        if self.scale == "match_rms_adamw":
            return 0.2 * math.sqrt(max(rows, columns))
        return math.sqrt(max(1.0, columns / rows))


def _is_matrix(parameter: Parameter) -> bool:
    return parameter.role == "weight" and len(parameter.shape) == 2


def orthogonal(g: Array) -> Array:
    """Return nearly the orthogonal matrix that is nearest to another: five Newton–Schulz steps."""
    x = g.T if g.shape[0] > g.shape[1] else g
    x = x / max(math.sqrt(sum_of_squares(x)), _SMALLEST_NORM)
    for _ in range(5):
        a = x @ x.T
        x = _A * x + (_B * a + _C * (a @ a)) @ x
    return x.T if g.shape[0] > g.shape[1] else x
