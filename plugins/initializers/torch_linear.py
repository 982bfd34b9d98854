"""What PyTorch's linear layers begin with."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import Array, Initializer, Shape, fans


@dataclass(frozen=True)
class TorchLinear(Initializer):
    r"""Draw weights and biases as PyTorch's ``Linear`` does.

        W, b ~ U(−a, a),  a = 1 / √fan_in

    >>> linear = TorchLinear()
    >>> w = linear.draw(np.random.default_rng(0), (4, 100))
    >>> b = linear.draw_bias(np.random.default_rng(0), (100,), (4, 100))
    >>> bool((abs(w) < 0.5).all()), bool((abs(b) < 0.5).all()), abs(b).max().round(1)
    (True, True, np.float64(0.5))

    Differs: nothing from PyTorch's; Keras's ``Dense`` has Xavier's uniform weights, biases 0.
    """

    def draw(self, rng: np.random.Generator, shape: Shape) -> Array:
        return _uniform(rng, shape, fans(shape)[0])

    def draw_bias(self, rng: np.random.Generator, shape: Shape, weights: Shape) -> Array:
        return _uniform(rng, shape, fans(weights)[0])


def _uniform(rng: np.random.Generator, shape: Shape, fan_in: int) -> Array:
    bound = 1 / math.sqrt(fan_in)
    return rng.uniform(-bound, bound, shape)
