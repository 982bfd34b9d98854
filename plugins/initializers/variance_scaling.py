"""Weights whose variance is set by fan-in and fan-out: one idea, several names.

The variance of a layer's outputs stays that of its inputs (or that of the gradients, going back)
when the variance of the weights is a gain over the number of terms in each sum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from framework import Array, Initializer, Shape, fans, hyperparameter, positive

from .truncated import DEVIATION, within

Fan = Literal["in", "out", "average"]
Distribution = Literal["normal", "truncated_normal", "uniform"]


@dataclass(frozen=True)
class VarianceScaling(Initializer):
    r"""Draw weights of zero mean whose variance is a scale over a fan.

        σ² = scale / fan           fan: fan_in, fan_out or their average
        W ~ N(0, σ²)               normal
        W ~ N(0, (σ / 0.8796)²)    truncated_normal: cut at 2 of its deviations, so that σ² is left
        W ~ U(−a, a),  a² = 3 σ²   uniform

    All others of this file are this with a scale, a fan and a distribution.

    He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015.

    >>> scaling = VarianceScaling(scale=3.0, distribution="uniform")
    >>> w = scaling.draw(np.random.default_rng(0), (9, 9))
    >>> bool((abs(w) < 1).all())
    True

    Differs: Keras's default distribution is the truncated one. PyTorch has none of this name.
    """

    scale: float = positive(1.0, "the variance, times the fan")
    fan: Fan = hyperparameter("in", "terms in a sum: in, out, or their average")
    distribution: Distribution = hyperparameter("normal", "normal, truncated_normal or uniform")

    def draw(self, rng: np.random.Generator, shape: Shape) -> Array:
        return drawn(rng, shape, self.scale, self.fan, self.distribution)


@dataclass(frozen=True)
class LeCunNormal(Initializer):
    r"""Keep the variance of activations, with normal weights.

        W ~ N(0, σ²),  σ² = 1 / fan_in

    LeCun, Bottou, Orr and Müller, "Efficient backprop", 1998.

    Differs: Keras's ``LecunNormal`` cuts off the tails (`truncated`). PyTorch has none.
    """

    truncated: bool = hyperparameter(False, "cut at 2 deviations, as Keras does; σ² stays")

    def draw(self, rng: np.random.Generator, shape: Shape) -> Array:
        return drawn(rng, shape, 1.0, "in", _normal(self.truncated))


@dataclass(frozen=True)
class LeCunUniform(Initializer):
    r"""Keep the variance of activations, with uniform weights.

        W ~ U(−a, a),  a² = 3 / fan_in

    LeCun, Bottou, Orr and Müller, "Efficient backprop", 1998.

    Differs: nothing from Keras's ``LecunUniform``. PyTorch has none.
    """

    def draw(self, rng: np.random.Generator, shape: Shape) -> Array:
        return drawn(rng, shape, 1.0, "in", "uniform")


@dataclass(frozen=True)
class XavierNormal(Initializer):
    r"""Keep the variance of activations and of gradients alike, with normal weights.

        W ~ N(0, σ²),  σ² = 2 gain² / (fan_in + fan_out)

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks",
    2010.

    Differs: nothing from PyTorch's ``xavier_normal_``; Keras's ``GlorotNormal`` cuts off the tails
    (`truncated`).
    """

    gain: float = positive(1.0, "factor of the deviation, for the activation that follows")
    truncated: bool = hyperparameter(False, "cut at 2 deviations, as Keras does; σ² stays")

    def draw(self, rng: np.random.Generator, shape: Shape) -> Array:
        return drawn(rng, shape, self.gain**2, "average", _normal(self.truncated))


@dataclass(frozen=True)
class XavierUniform(Initializer):
    r"""Keep the variance of activations and of gradients alike, with uniform weights.

        W ~ U(−a, a),  a² = 6 gain² / (fan_in + fan_out)

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks",
    2010.

    Differs: nothing.
    """

    gain: float = positive(1.0, "factor of the bound, for the activation that follows")

    def draw(self, rng: np.random.Generator, shape: Shape) -> Array:
        return drawn(rng, shape, self.gain**2, "average", "uniform")


@dataclass(frozen=True)
class HeNormal(Initializer):
    r"""Keep the variance of activations through rectified linear units.

        W ~ N(0, σ²),  σ² = 2 / ((1 + a²) fan)

    a is the slope of a leaky one below 0. With fan_out, the variance of gradients is kept.

    He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015.

    Differs: nothing from PyTorch's ``kaiming_normal_``; Keras's ``HeNormal`` cuts off the tails
    (`truncated`).
    """

    fan: Fan = hyperparameter("in", "terms in a sum: in, out, or their average")
    slope: float = hyperparameter(0.0, "slope a of the units below 0")
    truncated: bool = hyperparameter(False, "cut at 2 deviations, as Keras does; σ² stays")

    def draw(self, rng: np.random.Generator, shape: Shape) -> Array:
        return drawn(rng, shape, 2 / (1 + self.slope**2), self.fan, _normal(self.truncated))


@dataclass(frozen=True)
class HeUniform(Initializer):
    r"""Keep the variance of activations through rectified linear units, with uniform weights.

        W ~ U(−b, b),  b² = 6 / ((1 + a²) fan)

    a is the slope of a leaky one below 0. With fan_out, the variance of gradients is kept.

    He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015.

    Differs: nothing from PyTorch's ``kaiming_uniform_`` and Keras's ``HeUniform``.
    """

    fan: Fan = hyperparameter("in", "terms in a sum: in, out, or their average")
    slope: float = hyperparameter(0.0, "slope a of the units below 0")

    def draw(self, rng: np.random.Generator, shape: Shape) -> Array:
        return drawn(rng, shape, 2 / (1 + self.slope**2), self.fan, "uniform")


def drawn(
    rng: np.random.Generator, shape: Shape, scale: float, fan: Fan, distribution: Distribution
) -> Array:
    """Draw weights of zero mean, whose variance is a scale over a fan."""
    fan_in, fan_out = fans(shape)
    terms = {"in": fan_in, "out": fan_out, "average": (fan_in + fan_out) / 2}[fan]
    if distribution == "uniform":
        bound = math.sqrt(3 * scale / terms)
        return rng.uniform(-bound, bound, shape)
    deviation = math.sqrt(scale / terms)
    if distribution == "truncated_normal":
        return within(rng, shape, -2.0, 2.0) * (deviation / DEVIATION)
    return rng.standard_normal(shape) * deviation


def _normal(truncated: bool) -> Distribution:
    return "truncated_normal" if truncated else "normal"
