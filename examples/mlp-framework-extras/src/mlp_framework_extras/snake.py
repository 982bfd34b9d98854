"""Snake."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Arrays, Layer, positive


@dataclass(frozen=True)
class Snake(Layer):
    r"""A line that winds: for what repeats itself.

        Y  = X + sin²(a X) / a
        ∂X = G (1 + sin(2 a X))

    Ziyin, Hartwig and Ueda, "Neural networks fail to learn periodic functions and how to fix it",
    2020.
    """

    frequency: float = positive(1.0, "how often it winds, a")

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.multiply(x, self.frequency, out=out)
        np.sin(out, out=out)
        np.square(out, out=out)
        out /= self.frequency
        out += x
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.multiply(x, 2 * self.frequency, out=out)
        np.sin(out, out=out)
        out += 1
        out *= g
        return out
