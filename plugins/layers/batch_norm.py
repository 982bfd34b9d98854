"""Batch normalization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    Array,
    Arrays,
    Expression,
    Expressions,
    Layer,
    Parameter,
    Shape,
    hyperparameter,
    positive,
)


@dataclass(frozen=True)
class BatchNorm(Layer):
    r"""Give each feature mean 0 and deviation 1 over the batch, then a scale and shift of its own.

        N  = (X − μ) / √(σ² + ε)       μ, σ²: of each feature over the batch of B samples
        Y  = γ N + β
        ∂X = γ / √(σ² + ε) (G − mean G − N mean(G N))
        ∂γ = Σ_batch G N
        ∂β = Σ_batch G

    In training, what inference uses in the place of μ and σ² follows:
    m ← (1 − α) m + α μ and v ← (1 − α) v + α σ² B / (B − 1).

    Plainly::

        deviation = np.sqrt(x.var(axis=0) + epsilon)
        normal = (x - x.mean(axis=0)) / deviation
        y = scale * normal + shift
        gx = scale / deviation * (g - g.mean(axis=0) - normal * (g * normal).mean(axis=0))
        gscale = (g * normal).sum(axis=0)
        gshift = g.sum(axis=0)

    Ioffe and Szegedy, "Batch normalization", 2015. A batch of one has no deviation: training with
    one is refused before it begins.

    In inference before any training the mean is 0 and the variance 1, so that little changes:

    >>> layer, x = BatchNorm(epsilon=3.0), np.array([[4.0]])
    >>> arrays = Arrays(scale=np.ones(1), shift=np.ones(1), **layer.state((1,)), rng=None)
    >>> layer.forward(x, np.empty((1, 1)), arrays)  # 4 / √(1 + 3) + 1
    array([[3.]])

    Differs: nothing from PyTorch; Keras keeps .99 of the old averages, of the variance with B in
    the place of B − 1 (`biased`), and adds 1e-3.
    """

    share: float = hyperparameter(
        0.1, "share of a batch in the running averages, α", above=0, at_most=1
    )
    epsilon: float = positive(1e-5, "added to the variance, ε")
    biased: bool = hyperparameter(False, "average the variance that divides by B, as Keras does")

    smallest_batch: ClassVar[int] = 2

    def output_shape(self, inputs: Shape) -> Shape:
        if len(inputs) != 1:
            raise ValueError(f"batch_norm takes flat samples (features,), got {inputs}")
        return inputs

    def parameters(self, inputs: Shape) -> tuple[Parameter, ...]:
        return (
            Parameter("scale", inputs, role="scale", initial=1.0),
            Parameter("shift", inputs, role="bias"),
        )

    def state(self, inputs: Shape) -> dict[str, Array]:
        return {"running_mean": np.zeros(inputs), "running_variance": np.ones(inputs)}

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        vector = x.shape[1:]
        names = ("mean", "variance", "inverse", "mean_gradient")
        vectors = {name: np.empty(vector, x.dtype) for name in names}
        return vectors | {"normal": np.empty_like(x), "scratch": np.empty_like(x)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        if arrays.rng is None:
            np.subtract(x, arrays.running_mean, out=out)
            np.multiply(out, self._slope(arrays), out=out)
        else:
            _mean_over_batch(x, arrays.mean)
            np.subtract(x, arrays.mean, out=out)
            np.multiply(out, out, out=arrays.scratch)
            _mean_over_batch(arrays.scratch, arrays.variance)
            self._follow(len(x), arrays)
            np.add(arrays.variance, self.epsilon, out=arrays.inverse)
            np.sqrt(arrays.inverse, out=arrays.inverse)
            np.reciprocal(arrays.inverse, out=arrays.inverse)
            np.multiply(out, arrays.inverse, out=arrays.normal)  # N
            np.multiply(arrays.normal, arrays.scale, out=out)
        out += arrays.shift  # γ N + β
        return out

    def _slope(self, arrays: Arrays) -> Array:
        """Return γ / √(v + ε), by which inference multiplies."""
        slope: Array = arrays.scale / np.sqrt(arrays.running_variance + self.epsilon)
        return slope

    def _follow(self, rows: int, arrays: Arrays) -> None:
        """Move the running averages towards those of a batch."""
        unbiased = self.share if self.biased else self.share * rows / (rows - 1)
        np.multiply(arrays.mean, self.share, out=arrays.inverse)
        np.multiply(arrays.running_mean, 1 - self.share, out=arrays.running_mean)
        np.add(arrays.running_mean, arrays.inverse, out=arrays.running_mean)
        np.multiply(arrays.variance, unbiased, out=arrays.inverse)
        np.multiply(arrays.running_variance, 1 - self.share, out=arrays.running_variance)
        np.add(arrays.running_variance, arrays.inverse, out=arrays.running_variance)

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        if arrays.rng is None:
            np.multiply(g, self._slope(arrays), out=out)
            return out
        np.multiply(g, arrays.normal, out=arrays.scratch)
        _mean_over_batch(arrays.scratch, arrays.mean_gradient)
        np.multiply(arrays.normal, arrays.mean_gradient, out=arrays.scratch)  # N mean(G N)
        _mean_over_batch(g, arrays.mean_gradient)
        np.subtract(g, arrays.mean_gradient, out=out)
        np.subtract(out, arrays.scratch, out=out)
        np.multiply(arrays.inverse, arrays.scale, out=arrays.mean_gradient)
        np.multiply(out, arrays.mean_gradient, out=out)
        return out

    def parameter_gradients(
        self, x: Array, y: Array, g: Array, gradients: Arrays, arrays: Arrays
    ) -> None:
        if arrays.rng is None:
            np.subtract(x, arrays.running_mean, out=arrays.normal)
            arrays.normal /= np.sqrt(arrays.running_variance + self.epsilon)
        np.multiply(g, arrays.normal, out=arrays.scratch)
        np.add.reduce(arrays.scratch, axis=0, out=gradients.scale)  # Σ G N
        np.add.reduce(g, axis=0, out=gradients.shift)  # Σ G

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        slope = arrays.scale / (arrays.running_variance + self.epsilon).sqrt()
        return (x - arrays.running_mean) * slope + arrays.shift


def _mean_over_batch(x: Array, out: Array) -> None:
    """Fill in what `np.mean` does, which takes three times as long to begin."""
    np.add.reduce(x, axis=0, out=out)
    np.divide(out, len(x), out=out)
