"""Dropout."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Arrays, Layer, fraction


@dataclass(frozen=True)
class Dropout(Layer):
    r"""Leave out a random share of the inputs in training, and scale up the rest.

        Y  = X M,  M = Bernoulli(1 − p) / (1 − p)
        ∂X = G M

    In inference Y = X. Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: a
    simple way to prevent neural networks from overfitting", 2014.
    """

    rate: float = fraction(0.5, "share of the inputs that is left out, p")

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {"mask": np.empty_like(x)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        if arrays.rng is None:  # inference
            arrays.mask[...] = 1
            return x
        np.greater_equal(arrays.rng.random(x.shape), self.rate, out=arrays.mask, casting="unsafe")
        arrays.mask /= 1 - self.rate
        np.multiply(x, arrays.mask, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.multiply(g, arrays.mask, out=out)
        return out
