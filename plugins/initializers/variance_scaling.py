"""Weights whose variance is set by fan-in and fan-out: one idea, several names.

The variance of a layer's outputs stays that of its inputs (or that of the gradients, going back)
when the variance of the weights is a gain over the number of terms in each sum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import Array, Initializer, Shape, fans


@dataclass(frozen=True)
class XavierNormal(Initializer):
    r"""Keep the variance of activations and of gradients alike, with normal weights.

        W ~ N(0, σ²),  σ² = 2 / (fan_in + fan_out)

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks",
    2010.

    Differs: nothing from PyTorch's ``xavier_normal_``; Keras's ``GlorotNormal`` cuts off the tails.
    """

    def draw(self, rng: np.random.Generator, shape: Shape) -> Array:
        fan_in, fan_out = fans(shape)
        return rng.standard_normal(shape) * math.sqrt(2 / (fan_in + fan_out))


@dataclass(frozen=True)
class XavierUniform(Initializer):
    r"""Keep the variance of activations and of gradients alike, with uniform weights.

        W ~ U(−a, a),  a² = 6 / (fan_in + fan_out)

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks",
    2010.

    Differs: nothing.
    """

    def draw(self, rng: np.random.Generator, shape: Shape) -> Array:
        fan_in, fan_out = fans(shape)
        a = math.sqrt(6 / (fan_in + fan_out))
        return rng.uniform(-a, a, shape)


@dataclass(frozen=True)
class HeNormal(Initializer):
    r"""Keep the variance of activations through rectified linear units.

        W ~ N(0, σ²),  σ² = 2 / fan_in

    He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015.

    Differs: nothing from PyTorch's ``kaiming_normal_``; Keras's ``HeNormal`` cuts off the tails.
    """

    def draw(self, rng: np.random.Generator, shape: Shape) -> Array:
        fan_in, _ = fans(shape)
        return rng.standard_normal(shape) * math.sqrt(2 / fan_in)
