"""The Gaussian error linear unit."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Shape, hyperparameter

from .normal_probability import ABOVE, BELOW, normal_probability

_ROOT = math.sqrt(2 / math.pi)
_DENSITY = 1 / math.sqrt(2 * math.pi)


@dataclass(frozen=True)
class GELU(Layer):
    r"""X times the probability that a standard normal number is below it.

        Y  = X Φ(X)
        ∂X = G (Φ(X) + X φ(X))        φ(x) = exp(−x² / 2) / √(2π)

    numpy has no error function: Φ is a quotient of polynomials in |x| times exp(−x² / 2), right to
    1e-15 (Hart, "Computer approximations", 1968; West, "Better approximations to cumulative normal
    functions", 2005). ``approximate: tanh`` is Y = X / 2 (1 + tanh(√(2/π) (X + 0.044715 X³))), off
    by up to 5e-4.

    Plainly::

        import math
        c = np.clip(x, -40, 40)
        below = np.vectorize(lambda v: math.erfc(-v / math.sqrt(2)) / 2)(x)
        gx = g * (below + x * np.exp(-(c**2) / 2) / np.sqrt(2 * np.pi))
        if approximate == "tanh":
            below = (1 + np.tanh(np.sqrt(2 / np.pi) * (c + 0.044715 * c**3))) / 2
            slope = np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * c**2)
            gx = g * (below + 2 * x * below * (1 - below) * slope)
        y = x * below

    Hendrycks and Gimpel, "Gaussian error linear units", 2016.

    >>> layer, x = GELU(), np.array([[0.0, 1.0, 9.0]])
    >>> layer.forward(x, np.empty_like(x), Arrays(**layer.scratch(x, x))).round(4)
    array([[0.    , 0.8413, 9.    ]])

    Differs: nothing; ``approximate`` is PyTorch's argument.
    """

    approximate: Literal["none", "tanh"] = hyperparameter(
        "none", "how the normal distribution is taken: as it is, or by a tanh"
    )

    @property
    def formula(self) -> Callable[..., Any]:  # type: ignore[override]
        return _gelu if self.approximate == "none" else _tanh_gelu

    @property
    def gradient_formula(self) -> Callable[..., Any]:  # type: ignore[override]
        return _gelu_gradient if self.approximate == "none" else _tanh_gelu_gradient

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {name: np.empty_like(x) for name in ("below", "slope", "scratch")}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        if self.approximate == "none":
            normal_probability(x, arrays.below, arrays.slope, arrays.scratch)  # Φ and φ
        else:
            _tanh_probability(x, arrays.below, arrays.slope, arrays.scratch)
        np.multiply(x, arrays.below, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.multiply(arrays.slope, x, out=arrays.scratch)
        np.add(arrays.scratch, arrays.below, out=arrays.scratch)
        np.multiply(arrays.scratch, g, out=out)
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        if self.approximate == "none":
            return x * ((x / math.sqrt(2)).erf() + 1) / 2
        return x * (((x + x * x * x * 0.044715) * _ROOT).tanh() + 1) / 2


def _tanh_probability(x: Array, below: Array, slope: Array, scratch: Array) -> None:
    """Fill in (1 + tanh u) / 2, and its derivative for x, where u = √(2/π) (x + 0.044715 x³)."""
    np.clip(x, -40, 40, out=scratch)  # where the tanh is ±1, so that no power overflows
    np.multiply(scratch, scratch, out=slope)
    np.multiply(slope, 0.044715, out=slope)
    np.add(slope, 1, out=below)
    np.multiply(below, scratch, out=below)
    np.multiply(below, _ROOT, out=below)  # u
    np.tanh(below, out=below)
    np.multiply(slope, 3, out=slope)
    np.add(slope, 1, out=slope)
    np.multiply(slope, _ROOT / 2, out=slope)
    np.multiply(below, below, out=scratch)
    np.subtract(1, scratch, out=scratch)
    np.multiply(slope, scratch, out=slope)  # (1 − tanh² u) u′ / 2
    np.add(below, 1, out=below)
    np.multiply(below, 0.5, out=below)


def _gelu(x: Any) -> Any:
    size = np.minimum(np.abs(x), 40)  # beyond, Φ is 0 or 1 to the last bit
    above, below = 0 * size, 0 * size
    for coefficient in ABOVE:
        above = above * size + coefficient
    for coefficient in BELOW:
        below = below * size + coefficient
    tail = np.exp(-size * size / 2) * above / below  # Φ(−|x|)
    return x * np.where(x > 0, 1 - tail, tail)


def _gelu_gradient(x: Any, g: Any) -> Any:
    size = np.minimum(np.abs(x), 40)
    above, below = 0 * size, 0 * size
    for coefficient in ABOVE:
        above = above * size + coefficient
    for coefficient in BELOW:
        below = below * size + coefficient
    density = np.exp(-size * size / 2)
    tail = density * above / below
    return g * (np.where(x > 0, 1 - tail, tail) + x * density * _DENSITY)


def _tanh_gelu(x: Any) -> Any:
    c = np.clip(x, -40, 40)
    return x * (1 + np.tanh(_ROOT * (c + 0.044715 * c * c * c))) / 2


def _tanh_gelu_gradient(x: Any, g: Any) -> Any:
    c = np.clip(x, -40, 40)
    t = np.tanh(_ROOT * (c + 0.044715 * c * c * c))
    return g * ((1 + t) + x * (1 - t * t) * _ROOT * (1 + 3 * 0.044715 * c * c)) / 2
