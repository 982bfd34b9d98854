"""Maxout."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Shape, hyperparameter


@dataclass(frozen=True)
class Maxout(Layer):
    r"""Keep the largest of each few features.

        Yⱼ  = max over p of X_{j k + p}        p = 0 … k − 1
        ∂X  = G where X is that largest, the first of several; else 0

    Plainly::

        groups = x.reshape(len(x), -1, pieces)
        y = groups.max(axis=-1)
        first = np.arange(pieces) == groups.argmax(axis=-1)[..., None]
        gx = (g[..., None] * first).reshape(x.shape)

    Goodfellow, Warde-Farley, Mirza, Courville and Bengio, "Maxout networks", 2013. A dense layer
    below, k times as wide, gives the pieces.

    >>> layer, x, out = Maxout(pieces=2), np.array([[1.0, 5.0, 4.0, 3.0]]), np.empty((1, 2))
    >>> layer.forward(x, out, Arrays(**layer.scratch(x, out)))
    array([[5., 4.]])

    Differs: neither PyTorch nor Keras has it.
    """

    pieces: int = hyperparameter(2, "features of which one is kept, k", at_least=2)

    def output_shape(self, inputs: Shape) -> Shape:
        if len(inputs) != 1 or inputs[0] % self.pieces:
            raise ValueError(
                f"maxout takes flat samples of a multiple of {self.pieces} features, got {inputs}"
            )
        return (inputs[0] // self.pieces,)

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {"left": np.empty_like(out, bool), "largest": np.empty_like(out, bool)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.copyto(out, x[:, :: self.pieces])
        for p in range(1, self.pieces):
            np.maximum(out, x[:, p :: self.pieces], out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        arrays.left[...] = True  # whose largest has not been met
        for p in range(self.pieces):
            np.equal(x[:, p :: self.pieces], y, out=arrays.largest)
            np.logical_and(arrays.largest, arrays.left, out=arrays.largest)
            np.logical_xor(arrays.left, arrays.largest, out=arrays.left)
            np.multiply(arrays.largest, g, out=out[:, p :: self.pieces])
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        pieces = [x.columns(p, None, self.pieces) for p in range(self.pieces)]
        return reduce(lambda largest, piece: piece.maximum(largest), pieces)
