"""Weights whose norms have a largest value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Constraint, hyperparameter, positive

from .norms import Of, norms


@dataclass(frozen=True)
class MaxNorm(Constraint):
    r"""Keep the norm of the weights into each unit at c or below.

        W[:, j] ← W[:, j] min(1, c / ‖W[:, j]‖)

    Plainly::

        sizes = np.sqrt((w**2).sum(axis=0, keepdims=True))
        w = w * np.minimum(1, largest / sizes)

    Srebro and Shraibman, "Rank, trace-norm and max-norm", 2005; with dropout: Srivastava et al.,
    "Dropout", 2014.

    >>> w = np.array([[3.0, 0.3], [4.0, 0.4]])
    >>> MaxNorm(largest=1.0).project(w, np.empty((2, 2))); w
    array([[0.6, 0.3],
           [0.8, 0.4]])

    Differs: Keras's ``MaxNorm`` divides by ‖W‖ + 1e-7, and so makes all weights a little smaller.
    PyTorch has none, but for ``torch.renorm`` and the rows of its embedding.
    """

    largest: float = positive(2.0, "largest norm c")
    of: Of = hyperparameter(
        "unit", "what has the norm: the weights into each unit, each row, or the whole array"
    )

    def project(self, w: Array, scratch: Array) -> None:
        sizes = norms(w, self.of, scratch)
        if not (sizes <= self.largest).all():
            np.multiply(w, self.largest / np.maximum(sizes, self.largest), out=w)
