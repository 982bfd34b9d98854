"""Uniform noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Arrays, Layer, fraction


@dataclass(frozen=True)
class UniformNoise(Layer):
    r"""Multiply by random numbers around 1 in training.

        Y  = X M,  M uniform from 1 − a to 1 + a
        ∂X = G M

    In inference Y = X. Noise that multiplies and has a mean of 1 takes the place of dropout:
    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: a simple way to prevent
    neural networks from overfitting", 2014, section 10.
    """

    width: float = fraction(0.5, "how far the noise is from 1 at most, a")

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {"drawn": np.empty(x.shape, np.float32), "noise": np.empty_like(x)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        if arrays.rng is None:  # inference
            arrays.noise[...] = 1
            return x
        arrays.rng.random(dtype=np.float32, out=arrays.drawn)  # from 0 to 1
        np.multiply(arrays.drawn, 2 * self.width, out=arrays.noise)
        arrays.noise += 1 - self.width
        np.multiply(x, arrays.noise, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.multiply(g, arrays.noise, out=out)
        return out
