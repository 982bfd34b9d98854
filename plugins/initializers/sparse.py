"""Sparse weights."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import Array, Initializer, Shape, hyperparameter, positive


@dataclass(frozen=True)
class Sparse(Initializer):
    r"""Give each unit few inputs: normal weights, of which a share is 0.

        W ~ N(0, σ²); of each column, ⌈s · rows⌉ entries, drawn at random, are 0

    Martens, "Deep learning via Hessian-free optimization", 2010, who leaves 15 inputs to each unit.

    >>> w = Sparse(sparsity=0.75).draw(np.random.default_rng(0), (4, 1000))
    >>> set(np.count_nonzero(w, axis=0).tolist())
    {1}

    Differs: PyTorch's ``sparse_`` does the same to the columns of its matrices, which are
    [out, in]: each input is left few units. Keras has none.
    """

    sparsity: float = hyperparameter(
        0.9, "share s of each unit's weights that is 0", at_least=0, below=1
    )
    deviation: float = positive(0.01, "standard deviation σ of the others")

    def draw(self, rng: np.random.Generator, shape: Shape) -> Array:
        w = self.deviation * rng.standard_normal((math.prod(shape[:-1]), shape[-1]))
        order = np.argsort(rng.random(w.shape), axis=0)
        w[order < math.ceil(self.sparsity * len(w))] = 0
        return w.reshape(shape)
