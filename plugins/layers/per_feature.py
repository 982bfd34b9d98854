"""What layers with a scale and a shift of each feature have in common."""

from __future__ import annotations

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Shape


class PerFeature(Layer):
    """Y = γ X + β and its gradients; a subclass says what γ and β are at first."""

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {"scratch": np.empty_like(x)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.multiply(x, arrays.scale, out=out)
        out += arrays.shift
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.multiply(g, arrays.scale, out=out)
        return out

    def parameter_gradients(
        self, x: Array, y: Array, g: Array, gradients: Arrays, arrays: Arrays
    ) -> None:
        np.multiply(g, x, out=arrays.scratch)
        np.sum(arrays.scratch, axis=0, out=gradients.scale)
        np.sum(g, axis=0, out=gradients.shift)

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x * arrays.scale + arrays.shift
