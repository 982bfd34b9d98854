"""Layers that are right near 0, at their defaults or on unit variance only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Layer, Parameter, fraction, hyperparameter, positive
from tests.framework.testing.correct import layers
from tests.framework.testing.planted.mark import caught_by


@caught_by(
    "input_gradient", "the gradient for an input of shape (1, 6) is off by 2.2e-01 of its size"
)
class SlopeOfTheDefault(layers.LeakyReLU):
    def input_gradient(self, x, y, g, out, arrays):
        return np.where(x > 0, g, 0.01 * g)


@caught_by(
    "expectation", "averaged over 400 seeds, outputs in training are 1.319 times those in inference"
)
class ScalesByTwo(layers.Dropout):
    def forward(self, x, out, arrays):
        if arrays.rng is None:
            return x
        arrays.mask[...] = 2.0 * (arrays.rng.random(x.shape) >= self.rate)
        return x * arrays.mask


@caught_by("shapes", "a batch of 1 raised ValueError", "shapes (3,1,4) (4,1,1)")
class CountsOnThreePieces(layers.Maxout):
    def _pieces(self, x, arrays):
        return np.einsum(
            "bd,kdm->kbm", x, arrays.weights[:3].reshape(3, x.shape[1], self.units)
        ) + (np.zeros((self.pieces, 1, 1)))


@caught_by(
    "input_gradient", "the gradient for an input of shape (1, 6) is off by 5.2e-01 of its size"
)
class EpsilonOfTheDefault(layers.LayerNorm):
    def input_gradient(self, x, y, g, out, arrays):
        root = np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
        n = (x - x.mean(axis=1, keepdims=True)) / root
        gn = g * arrays.scale
        mean = gn.mean(axis=1, keepdims=True)
        return (gn - mean - n * (gn * n).mean(axis=1, keepdims=True)) / root


@caught_by(
    "input_gradient", "the gradient for an input of shape (1, 6) is off by 4.6e-01 of its size"
)
@dataclass(frozen=True)
class PowerOfTheDefault(Layer):
    """Y = sign(X) |X|^p."""

    power: float = positive(2.0, "the exponent p")

    def forward(self, x, out, arrays):
        return np.sign(x) * np.abs(x) ** self.power

    def input_gradient(self, x, y, g, out, arrays):
        return g * 2 * np.abs(x)


@caught_by(
    "far_inputs", "the gradient for the input at inputs of +25 is off by 9.7e-05 of its size"
)
class LinearFarTooEarly(layers.Softplus):
    def input_gradient(self, x, y, g, out, arrays):
        return np.where(x > 40, 1.001 * g, g / (1 + np.exp(-x)))


@caught_by("far_inputs", "the gradient for the input at inputs of -8 is off by 1.4e-03 of its size")
class FlatBelowMinusSix(layers.Swish):
    def input_gradient(self, x, y, g, out, arrays):
        return np.where(x < -6, 0, super().input_gradient(x, y, g, out, arrays))


@caught_by("far_inputs", "the gradient for the input at inputs of +8 is off by 1.3e-01 of its size")
class ForgetsTheUpperKink(Layer):
    """Y = min(max(X, 0), 12)."""

    def forward(self, x, out, arrays):
        return np.clip(x, 0, 12)

    def input_gradient(self, x, y, g, out, arrays):
        return g * (x > 0)


@caught_by(
    "far_inputs", "the gradient for the input at inputs of -25 is off by 3.3e-01 of its size"
)
class ForgetsTheLowerKink(Layer):
    """Y = X above -20, else -20."""

    def forward(self, x, out, arrays):
        return np.maximum(x, -20)

    def input_gradient(self, x, y, g, out, arrays):
        return g.copy()


@caught_by("far_inputs", "the gradient of 'slope' at inputs of -8 is off by 2.3e-01 of its size")
class SlopeGradientIsClipped(layers.PReLU):
    def parameter_gradients(self, x, y, g, gradients, arrays):
        gradients.slope[...] = np.sum(g * np.clip(x, -7, 0), axis=0)


@caught_by(
    "zeros", "with inputs of 0, 18 of 18 numbers of its output are not finite ([nan], samples (6,))"
)
class DividesByTheNorm(Layer):
    """Y = X / ‖X‖."""

    def _norm(self, x):
        return np.sqrt((x * x).sum(axis=tuple(range(1, x.ndim)), keepdims=True))

    def forward(self, x, out, arrays):
        return x / self._norm(x)

    def input_gradient(self, x, y, g, out, arrays):
        axes = tuple(range(1, x.ndim))
        return (g - y * (g * y).sum(axis=axes, keepdims=True)) / self._norm(x)


@caught_by(
    "zeros", "with weights of 0, 9 of 9 numbers of its output are not finite ([nan], samples (6,))"
)
class NormalizesItsWeights(layers.PlainDense):
    def _unit(self, arrays):
        norm = np.sqrt((arrays.weights**2).sum(axis=0))
        return arrays.weights / norm, norm

    def forward(self, x, out, arrays):
        return x @ self._unit(arrays)[0] + arrays.bias

    def input_gradient(self, x, y, g, out, arrays):
        return g @ self._unit(arrays)[0].T

    def parameter_gradients(self, x, y, g, gradients, arrays):
        unit, norm = self._unit(arrays)
        whole = x.T @ g
        gradients.weights[...] = (whole - unit * (whole * unit).sum(axis=0)) / norm
        gradients.bias[...] = g.sum(axis=0)


@caught_by(
    "zeros", "with inputs of 0, 18 of 18 numbers of its output are not finite ([nan], samples (6,))"
)
@dataclass(frozen=True)
class NormalizesWithoutEpsilon(layers.LayerNorm):
    """Divides by a deviation that may be 0."""

    def _normal(self, x):
        root = np.sqrt(x.var(axis=1, keepdims=True) + 0 * self.epsilon)
        return (x - x.mean(axis=1, keepdims=True)) / root, root


@caught_by(
    "zeros", "with inputs of 0, 18 of 18 numbers of its output are not finite ([nan], samples (6,))"
)
class LogOfItsInput(Layer):
    """Y = X log |X|."""

    def forward(self, x, out, arrays):
        return x * np.log(np.abs(x))

    def input_gradient(self, x, y, g, out, arrays):
        return g * (np.log(np.abs(x)) + 1)


@caught_by("zeros", "with inputs of 0, 6 of 6 numbers of its gradient of 'slope' are not finite")
class SlopeOverItself(layers.PReLU):
    def parameter_gradients(self, x, y, g, gradients, arrays):
        below = np.minimum(x, 0)
        gradients.slope[...] = np.sum(g * below * (below / below.min()), axis=0) if x.any() else (
            np.full(gradients.slope.shape, np.nan)
        )  # fmt: skip


@caught_by(
    "large_inputs", "15 of 48 numbers of its output overflow in float32, where float64 gives [100.]"
)
class OverflowsInFloat32(Layer):
    """Y = log(1 + exp(X)), as it is written."""

    def forward(self, x, out, arrays):
        return np.log(1 + np.exp(x))

    def input_gradient(self, x, y, g, out, arrays):
        return g / (1 + np.exp(-x))


@caught_by("running_statistics", "after 2000 times the same batch, inference is still off by 43.7%")
class KeepsTheDeviationAsVariance(layers.BatchNorm):
    def forward(self, x, out, arrays):
        mean, variance = arrays.mean, arrays.variance
        if arrays.rng is not None:
            mean, variance = x.mean(axis=0), x.var(axis=0)
            arrays.mean += (1 - self.momentum) * (mean - arrays.mean)
            arrays.variance += (1 - self.momentum) * (np.sqrt(variance) - arrays.variance)
        arrays.root[...] = np.sqrt(variance + self.epsilon)
        arrays.normal[...] = (x - mean) / arrays.root
        return arrays.scale * arrays.normal + arrays.shift


@caught_by("running_statistics", "after 2000 times the same batch, inference is still off by 47.2%")
class KeepsTheMeanSquare(layers.BatchNorm):
    def forward(self, x, out, arrays):
        found = super().forward(x, out, arrays)
        if arrays.rng is not None:
            arrays.variance += (1 - self.momentum) * x.mean(axis=0) ** 2
        return found


@caught_by(
    "running_statistics", "after 2000 times the same batch, inference is still off by 236.1%"
)
class MovesTheWrongWay(layers.BatchNorm):
    """Keeps the share that it should give away, so that the first statistics stay."""

    def forward(self, x, out, arrays):
        kept = arrays.mean.copy()
        found = super().forward(x, out, arrays)
        if arrays.rng is not None:
            arrays.mean[...] = kept
        return found


@caught_by("running_statistics", "after 2000 times the same batch, inference is still off by 41.3%")
class OneVarianceForAll(layers.BatchNorm):
    def forward(self, x, out, arrays):
        found = super().forward(x, out, arrays)
        if arrays.rng is not None:
            arrays.variance[...] = arrays.variance.mean()
        return found


@caught_by("state_is_written", "after two batches, the state ['count'] is what it was at first")
class NeverCounts(layers.BatchNorm):
    def state(self, inputs):
        return {**super().state(inputs), "count": np.zeros(1)}


@caught_by("state_is_written", "after two batches, the state ['largest'] is what it was at first")
class NeverKeepsTheLargest(Layer):
    """Y = X over the largest X of all batches, which it forgets to note."""

    def state(self, inputs):
        return {"largest": np.ones(())}

    def forward(self, x, out, arrays):
        return x / arrays.largest

    def input_gradient(self, x, y, g, out, arrays):
        return g / arrays.largest


@caught_by(
    "parameter_gradients", "['gain'] changes nothing: its gradient is 0 for every batch tried"
)
class IdleParameter(layers.PlainDense):
    def parameters(self, inputs):
        return (*super().parameters(inputs), Parameter("gain", (1,), role="scale"))

    def parameter_gradients(self, x, y, g, gradients, arrays):
        super().parameter_gradients(x, y, g, gradients, arrays)
        gradients.gain[...] = 0


@caught_by("fields_are_read", "nothing reads 'slope': whatever it says, nothing changes")
@dataclass(frozen=True)
class IgnoresItsSlope(Layer):
    """Y = X where X > 0, else a hundredth of X."""

    slope: float = fraction(0.01, "slope below 0")

    def forward(self, x, out, arrays):
        return np.where(x > 0, x, 0.01 * x)

    def input_gradient(self, x, y, g, out, arrays):
        return np.where(x > 0, g, 0.01 * g)


@caught_by(
    "fields_are_read", "whatever 'sharpness' says, it computes the same: 10 other values tried"
)
@dataclass(frozen=True)
class ReadsInVain(layers.Softplus):
    """Looks at a field, and does nothing with it."""

    sharpness: float = positive(1.0, "how sharp the bend is")

    def forward(self, x, out, arrays):
        _ = self.sharpness
        return np.logaddexp(0, x)


@caught_by("fields_are_read", "nothing reads 'kept': whatever it says, nothing changes")
@dataclass(frozen=True)
class OnlyChecksIt(layers.Softplus):
    """Looks at a field when it is made, and never after."""

    kept: float = positive(1.0, "share that is kept")

    def __post_init__(self):
        if self.kept > 1:
            raise ValueError("kept: must be at most 1")


@caught_by(
    "ranges",
    "with rate=1, which its range allows, 36 of 36 numbers of the output for samples (6,) are nan",
)
@dataclass(frozen=True)
class DropsEverything(layers.Dropout):
    """May be told to drop all, and divides by 0 then."""

    rate: float = hyperparameter(0.5, "share that is dropped", at_least=0, at_most=1)


@caught_by("ranges", "with groups=0, which its range allows, it raised ZeroDivisionError")
@dataclass(frozen=True)
class NoGroups(Layer):
    """Y = X over the number of groups."""

    groups: int = hyperparameter(2, "groups", at_least=0)

    def forward(self, x, out, arrays):
        return x / (len(x) // self.groups * 0 + self.groups)

    def input_gradient(self, x, y, g, out, arrays):
        return g / self.groups


@caught_by("dtypes", "its input gradient has the precision of float32 where x is float64")
class GradientInFloat32(layers.Softplus):
    def input_gradient(self, x, y, g, out, arrays):
        return (g / (1 + np.exp(-x))).astype(np.float32).astype(x.dtype)


@caught_by("no_gradient", "the gradient for the input is not")
class AddsAPenalty(layers.Softplus):
    surrogate_gradient: ClassVar[bool] = True

    def input_gradient(self, x, y, g, out, arrays):
        return g / (1 + np.exp(-x)) + 0.01 * x


@caught_by("input_gradient", "it is not finite, or not filled")
class SurrogateWithHoles(Layer):
    """Y = sign(X), with a gradient only near 0."""

    surrogate_gradient: ClassVar[bool] = True

    def forward(self, x, out, arrays):
        return np.sign(x)

    def input_gradient(self, x, y, g, out, arrays):
        np.copyto(out, g, where=np.abs(x) < 1)


@caught_by(
    "input_gradient",
    "the gradient for an input of shape (1, 6)",
    ": -1 times what it should be, everywhere",
)
class UndeclaredSurrogate(Layer):
    """Y = X, with its gradient turned round; it does not say so."""

    def forward(self, x, out, arrays):
        return x

    def input_gradient(self, x, y, g, out, arrays):
        return -g


@caught_by("shapes", "it gives example_inputs of (3,), but takes four numbers, got (3,)")
class RefusesItsExamples(layers.LayerNorm):
    def example_inputs(self, rng, batch):
        return [rng.standard_normal((batch, 3))]

    def output_shape(self, inputs):
        if inputs != (4,):
            raise ValueError(f"takes four numbers, got {inputs}")
        return inputs


@caught_by("declarations", "example_inputs gave (4,), expected arrays (3, *sample shape)")
class ExamplesWithoutABatch(layers.Softplus):
    def example_inputs(self, rng, batch):
        return [rng.standard_normal(4)]


@caught_by(
    "parameter_gradients",
    "the gradient of 'rows' (a batch of 1, samples (6,)) is off by 9.7e-01 of its size",
)
class TableWithoutSums(layers.Table):
    def parameter_gradients(self, x, y, g, gradients, arrays):
        gradients.rows[...] = 0
        gradients.rows[x.astype(int)] = g.reshape(*x.shape, self.width)  # the last one wins
