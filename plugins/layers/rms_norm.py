"""Root-mean-square normalization."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Parameter, Shape, positive

from .layer_norm import mean_over_features


@dataclass(frozen=True)
class RMSNorm(Layer):
    r"""Divide each sample by the root mean square of its features, then scale each feature.

        r  = √(mean X² + ε)       over each sample's last axis
        N  = X / r
        Y  = γ N
        ∂X = (G γ − N mean(G γ N)) / r
        ∂γ = Σ G N

    Plainly::

        eps = np.finfo(x.dtype).eps if epsilon is None else epsilon
        root = np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps)
        normal = x / root
        y = scale * normal
        gn = g * scale
        gx = (gn - normal * (gn * normal).mean(axis=-1, keepdims=True)) / root
        gscale = (g * normal).sum(axis=0)

    Zhang and Sennrich, "Root mean square layer normalization", 2019. It is the same in training
    and inference.

    A sample whose squares have the mean 5, with ε = 4, so divided by 3:

    >>> layer, x = RMSNorm(epsilon=4.0), np.array([[3.0, 1.0]])
    >>> arrays = Arrays(scale=np.array([1.0, 9.0]), **layer.scratch(x, x))
    >>> layer.forward(x, np.empty((1, 2)), arrays)
    array([[1., 3.]])

    Differs: nothing from PyTorch; Keras adds 1e-6.
    """

    epsilon: float | None = positive(
        None, "added to the mean square, ε; null: the distance from 1 to the next number"
    )

    def output_shape(self, inputs: Shape) -> Shape:
        if not inputs or inputs[-1] < 2:
            raise ValueError(f"rms_norm takes samples of at least 2 features, got {inputs}")
        return inputs

    def parameters(self, inputs: Shape) -> tuple[Parameter, ...]:
        return (Parameter("scale", inputs[-1:], role="scale", initial=1.0),)

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        column = (*x.shape[:-1], 1)
        columns = {name: np.empty(column, x.dtype) for name in ("inverse", "along")}
        return columns | {"normal": np.empty_like(x), "scratch": np.empty_like(x)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        epsilon = float(np.finfo(x.dtype).eps) if self.epsilon is None else self.epsilon
        np.multiply(x, x, out=out)
        mean_over_features(out, arrays.inverse)
        np.add(arrays.inverse, epsilon, out=arrays.inverse)
        np.sqrt(arrays.inverse, out=arrays.inverse)
        np.reciprocal(arrays.inverse, out=arrays.inverse)  # 1 / r
        np.multiply(x, arrays.inverse, out=arrays.normal)  # N
        np.multiply(arrays.normal, arrays.scale, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.multiply(g, arrays.scale, out=out)
        np.multiply(out, arrays.normal, out=arrays.scratch)
        mean_over_features(arrays.scratch, arrays.along)
        np.multiply(arrays.normal, arrays.along, out=arrays.scratch)
        np.subtract(out, arrays.scratch, out=out)
        np.multiply(out, arrays.inverse, out=out)
        return out

    def parameter_gradients(
        self, x: Array, y: Array, g: Array, gradients: Arrays, arrays: Arrays
    ) -> None:
        np.multiply(g, arrays.normal, out=arrays.scratch)
        np.add.reduce(arrays.scratch, axis=tuple(range(x.ndim - 1)), out=gradients.scale)  # Σ G N

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        epsilon = Expression.epsilon(arrays.dtype) if self.epsilon is None else self.epsilon
        root = ((x * x).mean(keepdims=True) + epsilon).sqrt()
        return x / root * arrays.scale
