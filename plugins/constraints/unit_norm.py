"""Weights of norm 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Constraint, hyperparameter

from .norms import Of, norms


@dataclass(frozen=True)
class UnitNorm(Constraint):
    r"""Keep the norm of the weights into each unit at 1.

        W[:, j] ← W[:, j] / ‖W[:, j]‖          what is 0 stays 0

    Plainly::

        w = w / np.sqrt((w**2).sum(axis=0, keepdims=True))

    >>> w = np.array([[3.0, 0.0], [4.0, 0.0]])
    >>> UnitNorm().project(w, np.empty((2, 2))); w
    array([[0.6, 0. ],
           [0.8, 0. ]])

    Differs: Keras's ``UnitNorm`` divides by ‖W‖ + 1e-7. PyTorch's ``weight_norm`` is another way of
    writing the weights, with a length of its own.
    """

    of: Of = hyperparameter(
        "unit", "what has the norm: the weights into each unit, each row, or the whole array"
    )

    def project(self, w: Array, scratch: Array) -> None:
        sizes = norms(w, self.of, scratch)
        np.divide(w, sizes + (sizes == 0), out=w)
