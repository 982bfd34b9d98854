"""Layer normalization."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Arrays, Expression, Expressions, Layer, Parameter, Shape, positive


@dataclass(frozen=True)
class LayerNorm(Layer):
    r"""Give each sample mean 0 and deviation 1 over its features, then scale and shift each.

        N  = (X − μ) / √(σ² + ε)       μ, σ²: of each sample over its last axis
        Y  = γ N + β
        ∂N = G γ
        ∂X = (∂N − mean ∂N − N mean(∂N N)) / √(σ² + ε)
        ∂γ = Σ G N
        ∂β = Σ G

    Plainly::

        deviation = np.sqrt(x.var(axis=-1, keepdims=True) + epsilon)
        normal = (x - x.mean(axis=-1, keepdims=True)) / deviation
        y = scale * normal + shift
        gn = g * scale
        along = (gn * normal).mean(axis=-1, keepdims=True)
        gx = (gn - gn.mean(axis=-1, keepdims=True) - normal * along) / deviation
        gscale = (g * normal).sum(axis=0)
        gshift = g.sum(axis=0)

    Ba, Kiros and Hinton, "Layer normalization", 2016. It is the same in training and inference.

    A sample of mean 2 and variance 1, with ε = 3, so divided by 2:

    >>> layer, x = LayerNorm(epsilon=3.0), np.array([[1.0, 3.0]])
    >>> arrays = Arrays(scale=np.ones(2), shift=np.zeros(2), **layer.scratch(x, x))
    >>> layer.forward(x, np.empty((1, 2)), arrays)
    array([[-0.5,  0.5]])

    Differs: nothing from PyTorch over the last axis; Keras adds 1e-3.
    """

    epsilon: float = positive(1e-5, "added to the variance, ε")

    def output_shape(self, inputs: Shape) -> Shape:
        if not inputs or inputs[-1] < 2:
            raise ValueError(f"layer_norm takes samples of at least 2 features, got {inputs}")
        return inputs

    def parameters(self, inputs: Shape) -> tuple[Parameter, ...]:
        return (
            Parameter("scale", inputs[-1:], role="scale", initial=1.0),
            Parameter("shift", inputs[-1:], role="bias"),
        )

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        column = (*x.shape[:-1], 1)
        columns = {name: np.empty(column, x.dtype) for name in ("mean", "inverse", "along")}
        return columns | {"normal": np.empty_like(x), "scratch": np.empty_like(x)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        mean_over_features(x, arrays.mean)
        np.subtract(x, arrays.mean, out=arrays.normal)
        np.multiply(arrays.normal, arrays.normal, out=out)
        mean_over_features(out, arrays.inverse)
        np.add(arrays.inverse, self.epsilon, out=arrays.inverse)
        np.sqrt(arrays.inverse, out=arrays.inverse)
        np.reciprocal(arrays.inverse, out=arrays.inverse)  # 1 / √(σ² + ε)
        np.multiply(arrays.normal, arrays.inverse, out=arrays.normal)  # N
        np.multiply(arrays.normal, arrays.scale, out=out)
        np.add(out, arrays.shift, out=out)  # γ N + β
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.multiply(g, arrays.scale, out=out)  # ∂N
        mean_over_features(out, arrays.mean)
        np.multiply(out, arrays.normal, out=arrays.scratch)
        mean_over_features(arrays.scratch, arrays.along)
        np.multiply(arrays.normal, arrays.along, out=arrays.scratch)  # N mean(∂N N)
        np.subtract(out, arrays.mean, out=out)
        np.subtract(out, arrays.scratch, out=out)
        np.multiply(out, arrays.inverse, out=out)
        return out

    def parameter_gradients(
        self, x: Array, y: Array, g: Array, gradients: Arrays, arrays: Arrays
    ) -> None:
        axes = tuple(range(x.ndim - 1))
        np.multiply(g, arrays.normal, out=arrays.scratch)
        np.add.reduce(arrays.scratch, axis=axes, out=gradients.scale)  # Σ G N
        np.add.reduce(g, axis=axes, out=gradients.shift)  # Σ G

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        apart = x - x.mean(keepdims=True)
        deviation = ((apart * apart).mean(keepdims=True) + self.epsilon).sqrt()
        return apart / deviation * arrays.scale + arrays.shift


def mean_over_features(x: Array, out: Array) -> None:
    """Fill in each sample's mean as `np.mean` does, which takes three times as long to begin."""
    np.add.reduce(x, axis=-1, out=out, keepdims=True)
    np.divide(out, x.shape[-1], out=out)
