"""Correct layers that do what most do not: draw once a batch, be a table, have another gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Layer, Parameter, fraction, hyperparameter, positive
from tests.framework.testing.correct.layers import BatchNorm, Table


@dataclass(frozen=True)
class StochasticDepth(Layer):
    """Y = X + f(X), or for a whole batch X alone; Huang et al., 2016."""

    survival: float = hyperparameter(0.8, "probability that f counts", above=0, at_most=1)

    def scratch(self, x, out):
        return {"kept": np.zeros(1)}

    def forward(self, x, out, arrays):
        arrays.kept[...] = (
            self.survival if arrays.rng is None else float(arrays.rng.random() < self.survival)
        )
        return x + arrays.kept.astype(x.dtype) * np.tanh(x)

    def input_gradient(self, x, y, g, out, arrays):
        return g * (1 + arrays.kept.astype(x.dtype) * (1 - np.tanh(x) ** 2))


@dataclass(frozen=True)
class BatchScale(Layer):
    """Y = s X, s drawn once for a batch from a few numbers around 1."""

    spread: float = fraction(0.5, "half the width of the draw")

    def scratch(self, x, out):
        return {"scale": np.ones(1)}

    def forward(self, x, out, arrays):
        drawn = 0.0 if arrays.rng is None else float(arrays.rng.choice([-1, 0, 0, 1]))
        arrays.scale[...] = 1 + self.spread * drawn
        return x * arrays.scale.astype(x.dtype)

    def input_gradient(self, x, y, g, out, arrays):
        return g * arrays.scale.astype(x.dtype)


@dataclass(frozen=True)
class RareNoise(Layer):
    """Y = X, and once in twenty batches noise: most seeds draw nothing that shows."""

    deviation: float = positive(0.1, "deviation of the noise")

    def forward(self, x, out, arrays):
        if arrays.rng is None or arrays.rng.random() > 0.05:
            return x
        return x + (self.deviation * arrays.rng.standard_normal(x.shape)).astype(x.dtype)

    def input_gradient(self, x, y, g, out, arrays):
        return g


@dataclass(frozen=True)
class StraightThrough(Layer):
    """Y = sign(X); the gradient passes as if Y were X. Bengio et al., 2013."""

    surrogate_gradient: ClassVar[bool] = True

    def forward(self, x, out, arrays):
        return np.where(x >= 0, 1, -1).astype(x.dtype)

    def input_gradient(self, x, y, g, out, arrays):
        return g * (np.abs(x) <= 1)


@dataclass(frozen=True)
class Reversal(Layer):
    """Y = X; the gradient comes back turned round. Ganin and Lempitsky, 2015."""

    strength: float = positive(1.0, "factor of the gradient")
    surrogate_gradient: ClassVar[bool] = True

    def forward(self, x, out, arrays):
        return x

    def input_gradient(self, x, y, g, out, arrays):
        return -self.strength * g


@dataclass(frozen=True)
class BinaryDense(Layer):
    """Y = X sign(W), the gradient for W as if it were not rounded."""

    units: int = hyperparameter(3, "outputs", at_least=1)
    surrogate_gradient: ClassVar[bool] = True

    def output_shape(self, inputs):
        if len(inputs) != 1:
            raise ValueError(f"takes flat samples, got {inputs}")
        return (self.units,)

    def parameters(self, inputs):
        return (Parameter("weights", (inputs[0], self.units)),)

    def forward(self, x, out, arrays):
        return x @ np.sign(arrays.weights)

    def input_gradient(self, x, y, g, out, arrays):
        return g @ np.sign(arrays.weights).T

    def parameter_gradients(self, x, y, g, gradients, arrays):
        gradients.weights[...] = (x.T @ g) * (np.abs(arrays.weights) <= 1)


@dataclass(frozen=True)
class TableWithExamples(Table):
    """A table that says what rows there are, and so may have few or many."""

    def example_inputs(self, rng, batch):
        return [rng.integers(0, self.count, (batch, n)) for n in (4, 1)]


@dataclass(frozen=True)
class Board(Layer):
    """Y = the sums of rows and of columns of a board of 3 × 5."""

    def output_shape(self, inputs):
        if inputs != (3, 5):
            raise ValueError(f"takes boards of (3, 5), got {inputs}")
        return (8,)

    def forward(self, x, out, arrays):
        return np.concatenate([x.sum(axis=2), x.sum(axis=1)], axis=1)

    def input_gradient(self, x, y, g, out, arrays):
        return g[:, :3, None] + g[:, None, 3:]

    def example_inputs(self, rng, batch):
        return [rng.standard_normal((batch, 3, 5))]


@dataclass(frozen=True)
class LogOfPositive(Layer):
    """Y = log X, for numbers above 0."""

    def forward(self, x, out, arrays):
        if np.any(x <= 0):
            raise ValueError("takes numbers above 0")
        return np.log(x)

    def input_gradient(self, x, y, g, out, arrays):
        return g / x

    def example_inputs(self, rng, batch):
        return [rng.uniform(0.5, 2, (batch, n)) for n in (6, 3)]


@dataclass(frozen=True)
class FixedProjection(Layer):
    """Y = X R, R a fixed table of waves that is kept as state and never written."""

    def output_shape(self, inputs):
        if len(inputs) != 1:
            raise ValueError(f"takes flat samples, got {inputs}")
        return (4,)

    def state(self, inputs):
        return {"table": np.cos(np.outer(np.arange(1, inputs[0] + 1), np.arange(4)))}

    def forward(self, x, out, arrays):
        return x @ arrays.table

    def input_gradient(self, x, y, g, out, arrays):
        return g @ arrays.table.T


@dataclass(frozen=True)
class UnbiasedBatchNorm(BatchNorm):
    """Divides by a deviation that one sample does not have."""

    smallest_batch: ClassVar[int] = 2

    def forward(self, x, out, arrays):
        if arrays.rng is not None and len(x) < 2:
            raise ValueError("one sample has no deviation")
        return super().forward(x, out, arrays)


@dataclass(frozen=True)
class Flipped(Layer):
    """Turns half of the samples around in training: an augmentation inside a network."""

    augments: ClassVar[bool] = True

    def scratch(self, x, out):
        return {"turned": np.zeros(len(x), bool)}

    def forward(self, x, out, arrays):
        np.copyto(out, x)
        arrays.turned[...] = False if arrays.rng is None else arrays.rng.random(len(x)) < 0.5
        out[arrays.turned] = x[arrays.turned][..., ::-1]

    def input_gradient(self, x, y, g, out, arrays):
        np.copyto(out, g)
        out[arrays.turned] = g[arrays.turned][..., ::-1]


@dataclass(frozen=True)
class Sparse(Layer):
    """A dead zone whose activity costs: a penalty with a kink, of what leaves it."""

    strength: float = positive(0.1, "of the penalty")

    def forward(self, x, out, arrays):
        return np.sign(x) * np.maximum(np.abs(x) - 0.1, 0)

    def input_gradient(self, x, y, g, out, arrays):
        return g * (np.abs(x) > 0.1)

    def added_loss(self, y, losses, gradient, arrays):
        losses[...] = self.strength * np.abs(y).reshape(len(y), -1).sum(axis=1)
        if gradient is not None:
            gradient[...] = self.strength * np.sign(y) / len(y)
