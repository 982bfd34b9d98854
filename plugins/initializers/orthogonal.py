"""Orthogonal weights."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import Array, Initializer, Shape, positive


@dataclass(frozen=True)
class Orthogonal(Initializer):
    r"""Draw a matrix that neither stretches nor shrinks: a random rotation, all equally likely.

        Q R = N,  W = gain · Q sign(diag R)        N of normal numbers

    Of a matrix that is not square, the shorter of rows and columns are orthonormal. More axes than
    two count as one, but for the last.

    Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks", 2014; the signs: Mezzadri, "How to generate random matrices from the
    classical compact groups", 2007.

    >>> w = Orthogonal().draw(np.random.default_rng(0), (3, 2))
    >>> abs(w.T @ w - np.eye(2)).max() < 1e-12
    np.True_

    Differs: nothing from PyTorch's ``orthogonal_`` and Keras's.
    """

    gain: float = positive(1.0, "factor of the matrix")

    def draw(self, rng: np.random.Generator, shape: Shape) -> Array:
        rows, columns = math.prod(shape[:-1]), shape[-1]
        normal = rng.standard_normal((rows, columns))
        q, r = np.linalg.qr(normal if rows >= columns else normal.T)
        q *= np.where(np.diagonal(r) < 0, -self.gain, self.gain)
        return np.ascontiguousarray(q if rows >= columns else q.T).reshape(shape)
