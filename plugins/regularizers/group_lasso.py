"""The group lasso."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from framework import Array, Regularizer, hyperparameter, non_negative


@dataclass(frozen=True)
class GroupLasso(Regularizer):
    r"""Penalize the norms of groups of weights, so that whole groups become 0.

        penalty  = α √n Σ_groups ‖w‖        n weights in a group
        gradient = α √n w / ‖w‖             0 where the group is 0

    A group is what leaves an input, a row of W (``inputs``): inputs without use are found. Or it is
    what enters a unit, a column (``units``): units without use are.

    Plainly::

        axis = 1 if groups == "inputs" else 0
        norms, root = np.linalg.norm(w, axis=axis, keepdims=True), w.shape[axis] ** 0.5
        penalty = strength * root * norms.sum()
        g = g + strength * root * w / norms

    Yuan and Lin, "Model selection and estimation in regression with grouped variables", 2006.

    The row (3, 4) has the norm 5:

    >>> w = np.array([[3.0, 4.0], [0.0, 0.0]])
    >>> round(GroupLasso(strength=1.0).penalty(w, np.empty_like(w)), 4)  # 5 √2
    7.0711

    Differs: PyTorch and Keras have none.
    """

    strength: float = non_negative(1e-4, "strength α; 0 leaves the loss as it is")
    groups: Literal["inputs", "units"] = hyperparameter(
        "inputs", "what is a group: the weights of an input, or of a unit"
    )

    def penalty(self, w: Array, scratch: Array) -> float:
        norms, root = self._norms(w, scratch)
        return self.strength * root * float(np.sum(norms))

    def add_gradient(self, w: Array, g: Array, scratch: Array) -> None:
        norms, root = self._norms(w, scratch)
        norms[norms == 0] = 1
        np.divide(w, norms, out=scratch)
        scratch *= self.strength * root
        g += scratch

    def l2_coefficient(self) -> float | None:
        return None if self.strength else 0.0

    def _norms(self, w: Array, scratch: Array) -> tuple[Array, float]:
        """Return the norm of each group, kept as an axis of 1, and √n."""
        inside = (w.ndim - 1,) if self.groups == "inputs" else tuple(range(w.ndim - 1))
        np.square(w, out=scratch)
        norms = np.sqrt(scratch.sum(axis=inside, keepdims=True))
        return norms, math.sqrt(math.prod(w.shape[axis] for axis in inside))
