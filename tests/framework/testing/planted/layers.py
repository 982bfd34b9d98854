"""Layers with one planted bug each, and the check that must find it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import (
    Array,
    Layer,
    Parameter,
    hyperparameter,
    positive,
)
from tests.framework.testing.correct import layers
from tests.framework.testing.planted.mark import caught_by


@caught_by(
    "input_gradient",
    "the gradient for an input of shape (1, 6)",
    ": -1 times what it should be, everywhere",
)
class WrongSign(layers.Softplus):
    def input_gradient(self, x, y, g, out, arrays):
        return -g / (1 + np.exp(-x))


@caught_by(
    "input_gradient", "the gradient for an input of shape (1, 6) is off by 3.1e-01 of its size"
)
class MissingTerm(layers.Swish):
    def input_gradient(self, x, y, g, out, arrays):
        return g / (1 + np.exp(-x))


@caught_by(
    "input_gradient", "is off by 1.0e-05 of its size", ": 1 times what it should be, everywhere"
)
class SlightlyOff(layers.Softplus):
    def input_gradient(self, x, y, g, out, arrays):
        return (1 + 1e-5) * g / (1 + np.exp(-x))


@caught_by(
    "input_gradient", "the gradient for an input of shape (1, 6) is off by 9.4e-03 of its size"
)
class WrongBelowZero(layers.LeakyReLU):
    def input_gradient(self, x, y, g, out, arrays):
        return np.where(x > 0, g, 0)


@caught_by(
    "input_gradient", "the gradient for an input of shape (1, 6) is off by 8.9e-01 of its size"
)
class ForgetsTheMask(layers.Dropout):
    def input_gradient(self, x, y, g, out, arrays):
        return g


@caught_by(
    "input_gradient",
    "the gradient for an input of shape (1, 6)",
    ": 0.5 times what it should be, everywhere",
)
class ForgetsTheScale(layers.Dropout):
    def input_gradient(self, x, y, g, out, arrays):
        return g * (arrays.mask > 0)


@caught_by(
    "input_gradient", "the gradient for an input of shape (1, 6) is off by 1.5e+00 of its size"
)
class DrawsASecondMask(layers.Dropout):
    def input_gradient(self, x, y, g, out, arrays):
        return g * (arrays.rng.random(x.shape) >= self.rate) / (1 - self.rate)


@caught_by(
    "input_gradient", "the gradient for an input of shape (1, 6) is off by 8.3e-01 of its size"
)
class IgnoresTheIncomingGradient(layers.Softplus):
    def input_gradient(self, x, y, g, out, arrays):
        return 1 / (1 + np.exp(-x))


@caught_by(
    "input_gradient", "the gradient for an input of shape (1, 6) is off by 5.4e+05 of its size"
)
class TreatsStatisticsAsConstant(layers.BatchNorm):
    def input_gradient(self, x, y, g, out, arrays):
        return g * arrays.scale / arrays.root


@caught_by(
    "input_gradient", "the gradient for an input of shape (1, 6) is off by 1.0e+00 of its size"
)
class ForgetsTheShortcut(layers.Block):
    def input_gradient(self, x, y, g, out, arrays):
        return self._inside(x, g, arrays) @ arrays.first.T


@caught_by("input_gradient", "it raised NotImplementedError")
class HasNoGradient(Layer):
    def forward(self, x, out, arrays):
        return x


@caught_by(
    "input_gradient",
    "the gradient for an input of shape (3, 6)",
    ": 0.3333 times what it should be, everywhere",
)
class AveragesOverTheBatchAgain(layers.PlainDense):
    def input_gradient(self, x, y, g, out, arrays):
        return g @ arrays.weights.T / len(x)


@caught_by("shapes", "a batch of 1 raised ValueError: matmul", "size 6 is different from 3")
class MissingTranspose(layers.PlainDense):
    def input_gradient(self, x, y, g, out, arrays):
        return g @ arrays.weights


@caught_by(
    "input_gradient", "the gradient for an input of shape (1, 6) is off by 8.3e-01 of its size"
)
@dataclass(frozen=True)
class MissingTransposeOfASquare(Layer):
    def output_shape(self, inputs):
        (_,) = inputs
        return inputs

    def parameters(self, inputs):
        return (Parameter("weights", (*inputs, *inputs)),)

    def forward(self, x, out, arrays):
        return x @ arrays.weights

    def input_gradient(self, x, y, g, out, arrays):
        return g @ arrays.weights

    def parameter_gradients(self, x, y, g, gradients, arrays):
        gradients.weights[...] = x.T @ g


@caught_by(
    "parameter_gradients",
    "the gradient of 'weights' (a batch of 3, samples (6,)) is off by 1.0e+00 of its size",
)
class TransposedParameterGradient(MissingTransposeOfASquare):
    def input_gradient(self, x, y, g, out, arrays):
        return g @ arrays.weights.T

    def parameter_gradients(self, x, y, g, gradients, arrays):
        gradients.weights[...] = g.T @ x


@caught_by(
    "parameter_gradients",
    "3 of the 3 numbers of the gradient of 'bias' (a batch of 1, samples (6,)) were not written",
)
class ForgetsTheBias(layers.PlainDense):
    def parameter_gradients(self, x, y, g, gradients, arrays):
        gradients.weights[...] = x.T @ g


@caught_by(
    "parameter_gradients", "18 of the 18 numbers of the gradient of 'weights'", "were not written"
)
class BindsInsteadOfWriting(layers.PlainDense):
    def parameter_gradients(self, x, y, g, gradients, arrays):
        gradients.weights = x.T @ g
        gradients.bias = g.sum(axis=0)


@caught_by(
    "parameter_gradients",
    "the gradient of 'weights' (a batch of 3, samples (6,))",
    ": 0.3333 times what it should be, everywhere",
)
class DividesByTheBatch(layers.PlainDense):
    def parameter_gradients(self, x, y, g, gradients, arrays):
        gradients.weights[...] = x.T @ g / len(x)
        gradients.bias[...] = g.mean(axis=0)


@caught_by(
    "parameter_gradients",
    "the gradient of 'slope' (a batch of 3, samples (6,)) is off by 5.2e-01 of its size",
)
class OnlyTheFirstSample(layers.PReLU):
    def parameter_gradients(self, x, y, g, gradients, arrays):
        gradients.slope[...] = (g * np.minimum(x, 0))[0]


@caught_by(
    "gradients_stand_alone", "the gradient of 'weights' depends on what its array held before"
)
class AddsToTheGradient(layers.PlainDense):
    def parameter_gradients(self, x, y, g, gradients, arrays):
        gradients.weights += x.T @ g
        gradients.bias += g.sum(axis=0)


@caught_by("gradients_stand_alone", "the gradient of 'first' changes with input_gradient")
class NeedsTheInputGradientFirst(layers.Block):
    def scratch(self, x, out):
        return {"kept": np.zeros((len(x), self.units), x.dtype)}

    def input_gradient(self, x, y, g, out, arrays):
        arrays.kept[...] = self._inside(x, g, arrays)
        return g + arrays.kept @ arrays.first.T

    def parameter_gradients(self, x, y, g, gradients, arrays):
        super().parameter_gradients(x, y, g, gradients, arrays)
        gradients.first[...] = x.T @ arrays.kept


@caught_by("dtypes", "forward gave float64 where x is float32")
class LeaksFloat64(layers.Softplus):
    def forward(self, x, out, arrays):
        return np.logaddexp(0, x) * np.ones(1)


@caught_by(
    "input_gradient", "the gradient for an input of shape (1, 6) is off by 7.5e+02 of its size"
)
class ComputesInFloat16(layers.Softplus):
    def forward(self, x, out, arrays):
        return np.logaddexp(0, x.astype(np.float16)).astype(x.dtype)


@caught_by(
    "inference_gradient",
    "in inference, the gradient for an input of shape (3, 6)",
    ": 2 times what it should be, everywhere",
)
class KeepsScalingInInference(layers.Dropout):
    """Only its way forward looks whether it is trained."""

    def input_gradient(self, x, y, g, out, arrays):
        return g * arrays.mask / (1 - self.rate if arrays.rng is None else 1)


@caught_by(
    "inference_gradient",
    "in inference, the gradient for an input of shape (3, 6) is off by 1.4e+00",
)
class ForgetsThatStatisticsAreConstant(layers.BatchNorm):
    """In inference they are no batch's."""

    def input_gradient(self, x, y, g, out, arrays):
        gn, n = g * arrays.scale, arrays.normal
        return (gn - gn.mean(axis=0) - n * (gn * n).mean(axis=0)) / arrays.root


@caught_by("dtypes", "forward gave float64 where x is float32")
class MaskInFloat64(layers.Dropout):
    def forward(self, x, out, arrays):
        if arrays.rng is None:
            return x
        arrays.mask[...] = arrays.rng.random(x.shape) >= self.rate
        arrays.mask /= 1 - self.rate
        return x * ((arrays.mask > 0) / (1 - self.rate))


@caught_by(
    "out_is_filled", "forward left 18 of 18 numbers of out unwritten or nan (layout: contiguous)"
)
class AddsToOut(layers.Softplus):
    def forward(self, x, out, arrays):
        out += np.logaddexp(0, x)


@caught_by(
    "out_is_filled", "forward left 13 of 18 numbers of out unwritten or nan (layout: contiguous)"
)
class LeavesHoles(layers.LeakyReLU):
    def forward(self, x, out, arrays):
        np.copyto(out, x, where=x > 0)


@caught_by(
    "out_is_filled",
    "input_gradient left 13 of 18 numbers of out unwritten or nan (layout: contiguous)",
)
class GradientLeavesHoles(layers.LeakyReLU):
    def input_gradient(self, x, y, g, out, arrays):
        np.copyto(out, g, where=x > 0)


@caught_by(
    "out_is_filled", "forward left 18 of 18 numbers of out unwritten or nan (layout: padded rows)"
)
class WritesToACopy(layers.Softplus):
    def forward(self, x, out, arrays):
        out.reshape(-1)[...] = np.logaddexp(0, x).reshape(-1)


@caught_by(
    "layouts", "the output is another one when arrays are laid out as one column after the other"
)
class CountsOnRowsInMemory(layers.Softplus):
    def forward(self, x, out, arrays):
        return np.logaddexp(0, x.ravel("K").reshape(x.shape))


@caught_by("arguments_are_left_alone", "forward changed 'x'")
class WorksInItsInput(layers.Softplus):
    def forward(self, x, out, arrays):
        np.logaddexp(0, x, out=x)
        return x


@caught_by("arguments_are_left_alone", "input_gradient changed 'g'")
class WorksInItsGradient(layers.Softplus):
    def input_gradient(self, x, y, g, out, arrays):
        g /= 1 + np.exp(-x)
        return g


@caught_by("arguments_are_left_alone", "input_gradient changed 'y'")
class WorksInItsOutput(Layer):
    def forward(self, x, out, arrays):
        return np.tanh(x)

    def input_gradient(self, x, y, g, out, arrays):
        y *= y
        return g * (1 - y)


@caught_by("arguments_are_left_alone", "forward changed 'weights'")
class ClipsItsParameters(layers.PlainDense):
    def forward(self, x, out, arrays):
        np.clip(arrays.weights, -0.3, 0.3, out=arrays.weights)
        return x @ arrays.weights + arrays.bias


@caught_by("trains", "two runs from the same seed ended with different bytes")
@caught_by("determinism", "training draws from the global generator (np.random.… or random.…)")
class GlobalRandom(layers.Dropout):
    def forward(self, x, out, arrays):
        if arrays.rng is None:
            return x
        arrays.mask[...] = np.random.random(x.shape) >= self.rate
        arrays.mask /= 1 - self.rate
        return x * arrays.mask


@caught_by("trains", "killed after step", "and resumed, a run ends with other bytes")
class RemembersInScratch(layers.Dropout):
    """Counts its steps where no checkpoint looks."""

    def scratch(self, x, out):
        return {**super().scratch(x, out), "steps": np.zeros(1)}

    def forward(self, x, out, arrays):
        if arrays.rng is None:
            return x
        arrays.steps += 1
        arrays.mask[...] = 1 + 0.01 * arrays.steps
        return x * arrays.mask


@caught_by("determinism", "training gave two different 'output' for the same input and seed")
class FreshRandom(layers.Dropout):
    def forward(self, x, out, arrays):
        arrays.mask[...] = np.random.default_rng().random(x.shape) >= self.rate
        return x * arrays.mask


@caught_by(
    "samples_alone", "training and inference differ, though it has neither randomness nor state"
)
class DropsInInference(layers.Dropout):
    def scratch(self, x, out):
        return {"mask": np.ones_like(x), "fixed": np.random.default_rng(0).random(x.shape)}

    def forward(self, x, out, arrays):
        arrays.mask[...] = arrays.fixed >= self.rate if arrays.rng is None else 1
        return x * arrays.mask


@caught_by("determinism", "it raised AttributeError: 'NoneType' object has no attribute 'random'")
class NeedsAGeneratorInInference(layers.Dropout):
    def forward(self, x, out, arrays):
        arrays.mask[...] = arrays.rng.random(x.shape) >= self.rate
        return x * arrays.mask


@caught_by("no_stale_scratch", "the output is another one after a batch of other numbers")
class AccumulatesInScratch(Layer):
    def scratch(self, x, out):
        return {"largest": np.zeros_like(x[0])}

    def forward(self, x, out, arrays):
        np.maximum(arrays.largest, np.abs(x).max(axis=0), out=arrays.largest)
        return x / (1 + arrays.largest)

    def input_gradient(self, x, y, g, out, arrays):
        return g / (1 + arrays.largest)


@caught_by("no_stale_scratch", "the output is another one after a batch of other numbers")
class KeepsTheFirstMask(layers.LeakyReLU):
    def scratch(self, x, out):
        return {"mask": np.zeros_like(x), "made": np.zeros(1)}

    def forward(self, x, out, arrays):
        if not arrays.made:
            arrays.mask[...] = x > 0
            arrays.made[...] = 1
        return np.where(arrays.mask > 0, x, self.slope * x)

    def input_gradient(self, x, y, g, out, arrays):
        return np.where(arrays.mask > 0, g, self.slope * g)


@caught_by(
    "no_state_of_its_own", "the input gradient is another one when a second batch goes forward"
)
class KeepsTheMaskOnTheClass(layers.Dropout):
    kept: ClassVar[dict[str, Any]] = {}

    def forward(self, x, out, arrays):
        if arrays.rng is None:
            return x
        mask = ((arrays.rng.random(x.shape) >= self.rate) / (1 - self.rate)).astype(x.dtype)
        self.kept["mask"] = mask
        return x * mask

    def input_gradient(self, x, y, g, out, arrays):
        return g * self.kept["mask"]


@caught_by("no_state_of_its_own", "raised ValueError", "broadcast together with shapes (3,6) (8,6)")
class KeepsItsOutputOnItself(Layer):
    def forward(self, x, out, arrays):
        object.__setattr__(self, "y", np.tanh(x))
        return self.y.copy()  # type: ignore[attr-defined]

    def input_gradient(self, x, y, g, out, arrays):
        return g * (1 - self.y**2)  # type: ignore[attr-defined]


@caught_by(
    "no_state_of_its_own", "two batches are given the same array: it is kept outside of arrays"
)
class KeepsABufferOnTheClass(layers.Softplus):
    room: ClassVar[dict[Any, Array]] = {}

    def forward(self, x, out, arrays):
        kept = self.room.setdefault((x.shape, x.dtype), np.empty_like(x))
        return np.logaddexp(0, x, out=kept)


@caught_by("value", "it keeps ['cache'] beside its fields")
@dataclass(frozen=True)
class HasHiddenState(KeepsItsOutputOnItself):
    def __post_init__(self):
        object.__setattr__(self, "cache", {})


@caught_by("samples_alone", "sample 0 of 7 has another output when it is alone in its batch")
class MixesSamples(Layer):
    def forward(self, x, out, arrays):
        return x - x.mean(axis=0)

    def input_gradient(self, x, y, g, out, arrays):
        return g - g.mean(axis=0)


@caught_by("shapes", "a batch of 1: forward gave shape (6,), the samples' shape says (1, 6)")
class NeedsTwoSamples(Layer):
    def forward(self, x, out, arrays):
        return x + 0 * np.cov(x.reshape(len(x), -1).T, ddof=0).sum() if len(x) > 1 else x[0]

    def input_gradient(self, x, y, g, out, arrays):
        return g


@caught_by("shapes", "a batch of 2: forward gave shape (6,), the samples' shape says (2, 6)")
class NeedsMoreThanItSays(Layer):
    smallest_batch: ClassVar[int] = 2

    def forward(self, x, out, arrays):
        return x if len(x) > 2 else x[0]

    def input_gradient(self, x, y, g, out, arrays):
        return g


@caught_by(
    "input_gradient", "the gradient for an input of shape (1, 6) is off by 1.0e+00 of its size"
)
class SqueezesOneSample(layers.PlainDense):
    def input_gradient(self, x, y, g, out, arrays):
        return (g.squeeze() @ arrays.weights.T) if len(x) > 1 else 0 * x


@caught_by("state", "inference changed 'mean'")
class LearnsInInference(layers.BatchNorm):
    def forward(self, x, out, arrays):
        arrays.mean += 0.1 * (x.mean(axis=0) - arrays.mean)
        return super().forward(x, out, arrays)


@caught_by("running_statistics", "after 2000 times the same batch, inference is still off by 29.3%")
class KeepsTheDeviation(layers.BatchNorm):
    def forward(self, x, out, arrays):
        mean, variance = arrays.mean, arrays.variance
        if arrays.rng is not None:
            mean, variance = x.mean(axis=0), x.var(axis=0)
            arrays.mean += (1 - self.momentum) * (mean - arrays.mean)
            arrays.variance += (1 - self.momentum) * (3 * np.sqrt(variance) - arrays.variance)
        arrays.root[...] = np.sqrt(variance + self.epsilon)
        arrays.normal[...] = (x - mean) / arrays.root
        return arrays.scale * arrays.normal + arrays.shift


@caught_by(
    "running_statistics", "after 2000 times the same batch, inference is still off by 387.5%"
)
class NeverUpdates(layers.BatchNorm):
    def forward(self, x, out, arrays):
        kept = arrays.mean.copy(), arrays.variance.copy()
        found = super().forward(x, out, arrays)
        arrays.mean[...], arrays.variance[...] = kept
        return found


@caught_by("samples_alone", "sample 0 of 7 has another output when it is alone in its batch")
class UsesTheBatchInInference(layers.BatchNorm):
    def forward(self, x, out, arrays):
        arrays.root[...] = np.sqrt(x.var(axis=0) + self.epsilon)
        arrays.normal[...] = (x - x.mean(axis=0)) / arrays.root
        return arrays.scale * arrays.normal + arrays.shift


@caught_by("draws_anew", "61 batches in a row get the same random numbers")
class DrawsOnce(layers.Dropout):
    def scratch(self, x, out):
        return {"mask": np.zeros_like(x), "drawn": np.zeros(1, bool)}

    def forward(self, x, out, arrays):
        if arrays.rng is None:
            return x
        if not arrays.drawn:
            arrays.mask[...] = arrays.rng.random(x.shape) >= self.rate
            arrays.mask /= 1 - self.rate
            arrays.drawn[...] = True
        return x * arrays.mask


@caught_by("dtypes", "scratch 'mask' is float64 where x is float32")
class ScratchInFloat64(layers.Dropout):
    def scratch(self, x, out):
        return {"mask": np.empty(x.shape)}


@caught_by("samples_alone", "samples in another order give other outputs")
class CachesByShape(layers.LeakyReLU):
    masks: ClassVar[dict[Any, Array]] = {}

    def _mask(self, x):
        return self.masks.setdefault((x.shape, x.dtype), np.where(x > 0, 1, self.slope))

    def forward(self, x, out, arrays):
        return (x * self._mask(x)).astype(x.dtype)

    def input_gradient(self, x, y, g, out, arrays):
        return (g * self._mask(x)).astype(x.dtype)


@caught_by(
    "expectation", "averaged over 400 seeds, outputs in training are 0.510 times those in inference"
)
class NeverScales(layers.Dropout):
    def forward(self, x, out, arrays):
        if arrays.rng is None:
            return x
        arrays.mask[...] = arrays.rng.random(x.shape) >= self.rate
        return x * arrays.mask


@caught_by(
    "input_gradient", "the gradient for an input of shape (3, 6) is off by 2.9e-01 of its size"
)
class CutsOffLargeGradients(layers.Softplus):
    def input_gradient(self, x, y, g, out, arrays):
        return np.where(np.abs(x) > 3, 0, g / (1 + np.exp(-x)))


@caught_by("large_inputs", "27 of 48 numbers of its output are nan")
class OverflowsToNan(Layer):
    def forward(self, x, out, arrays):
        return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))

    def input_gradient(self, x, y, g, out, arrays):
        return g * (1 - y * y)


@caught_by("no_growth", "calls of forward and the ways back left")
class KeepsAHistory(layers.Softplus):
    seen: ClassVar[list[float]] = []

    def forward(self, x, out, arrays):
        self.seen.append(float(x.sum()))
        return np.logaddexp(0, x)


@caught_by("no_growth", "calls of forward and the ways back left")
class CountsItsCalls(layers.Softplus):
    seen: ClassVar[list[None]] = []

    def forward(self, x, out, arrays):
        self.seen.append(None)
        return np.logaddexp(0, x)


@caught_by("affine", "forward is not x @ weights + bias for samples (6,)")
class NotQuiteAffine(layers.PlainDense):
    affine: ClassVar[bool] = True

    def forward(self, x, out, arrays):
        return np.maximum(x @ arrays.weights + arrays.bias, -2)

    def input_gradient(self, x, y, g, out, arrays):
        return (g * (y > -2)) @ arrays.weights.T

    def parameter_gradients(self, x, y, g, gradients, arrays):
        super().parameter_gradients(x, y, g * (y > -2), gradients, arrays)


@caught_by(
    "in_place", "the input gradient is another one when it is written over what it is made from"
)
class InPlaceNeedsItsInput(layers.Softplus):
    in_place: ClassVar[bool] = True


@caught_by(
    "in_place", "the input gradient is another one when it is written over what it is made from"
)
class InPlaceClobbersItsGradient(layers.Softplus):
    in_place: ClassVar[bool] = True

    def input_gradient(self, x, y, g, out, arrays):
        np.expm1(-y, out=out)
        np.negative(out, out=out)
        return np.multiply(out, g, out=out)


@caught_by("affine", "its parameters are [('bias', (3,)), ('weights', (6, 3))]")
class AffineByOtherNames(layers.PlainDense):
    affine: ClassVar[bool] = True

    def parameters(self, inputs):
        return tuple(reversed(super().parameters(inputs)))


@caught_by("shapes", "forward gave shape (1, 3), the samples' shape says (1, 4)")
class WrongOutputShape(layers.PlainDense):
    def output_shape(self, inputs):
        (_,) = inputs
        return (self.units + 1,)


@caught_by("shapes", "for samples (4, 4) it raised TypeError: flat samples only")
class RefusesWithATypeError(layers.PlainDense):
    def output_shape(self, inputs):
        if len(inputs) != 1:
            raise TypeError("flat samples only")
        return (self.units,)


@caught_by(
    "shapes",
    "output_shape takes samples (4, 4)",
    "forward gave shape (1, 4, 3), the samples' shape says (1, 3)",
)
class TakesWhatItCannot(layers.PlainDense):
    def output_shape(self, inputs):
        return (self.units,)


@caught_by("declarations", "the names ['bias'] are taken twice, or are no names")
class OneNameTwice(layers.PlainDense):
    def scratch(self, x, out):
        return {"bias": np.empty(1)}


@caught_by("documented", "the class has no docstring")
class Undocumented(layers.Softplus):
    pass


@caught_by("fields", "the field 'slope' does not say what it means")
@dataclass(frozen=True)
class UndeclaredField(layers.Softplus):
    """A field without a meaning."""

    slope: float = 1.0


@caught_by("fields", "the default of slope: must be greater than 0, got -1.0")
@dataclass(frozen=True)
class DefaultOutOfRange(layers.Softplus):
    """A default that its own range refuses."""

    slope: float = positive(-1.0, "the slope")


@caught_by(
    "fields", "the field 'table' has the type dict[str, int], which no configuration can give"
)
@dataclass(frozen=True)
class FieldOfAnUnknownType(layers.Softplus):
    """A field that no configuration can give."""

    table: dict[str, int] = hyperparameter({}, "a table")


@caught_by("configuration", "'rate': 0.5} became ForgetsWhatItIsGiven(sizes=(1, 2), rate=0.25)")
@dataclass(frozen=True)
class ForgetsWhatItIsGiven(layers.Softplus):
    """Cannot be read again as it was."""

    sizes: tuple[int, ...] = hyperparameter((1, 2), "sizes", at_least=1)
    rate: float = positive(1.0, "a rate")

    def __post_init__(self):
        object.__setattr__(self, "rate", self.rate / 2)


@caught_by("value", "raised TypeError", "unhashable type: 'list'")
@dataclass(frozen=True)
class NotHashable(layers.Softplus):
    """A field that cannot be hashed."""

    sizes: Any = hyperparameter([1, 2], "sizes")


@caught_by("methods", "forward(self, x, arrays) should be forward(self, x, out, arrays)")
class WrongArguments(layers.Softplus):
    def forward(self, x, arrays):  # type: ignore[override]
        return np.logaddexp(0, x)


@dataclass(frozen=True)
class _Penalized(Layer):
    def forward(self, x, out, arrays):
        return x

    def input_gradient(self, x, y, g, out, arrays):
        return g

    def added_loss(self, y, losses, gradient, arrays):
        losses[...] = (y**2).reshape(len(y), -1).sum(axis=1)
        if gradient is not None:
            gradient[...] = 2 * y / len(y)


@caught_by("added_loss", "the gradient of its mean (a batch of 4", ": 4 times what it should be")
class OfTheSum(_Penalized):
    def added_loss(self, y, losses, gradient, arrays):
        super().added_loss(y, losses, gradient, arrays)
        if gradient is not None:
            gradient *= len(y)


@caught_by("added_loss", "it left losses of samples unwritten")
class AddsToLosses(_Penalized):
    def added_loss(self, y, losses, gradient, arrays):
        before = losses.copy()
        super().added_loss(y, losses, gradient, arrays)
        losses += before


@caught_by("added_loss", "without a gradient it gives other losses")
class OnlyWithAGradient(_Penalized):
    def added_loss(self, y, losses, gradient, arrays):
        if gradient is not None:
            super().added_loss(y, losses, gradient, arrays)


@dataclass(frozen=True)
class _Scaled(Layer):
    def parameters(self, inputs):
        return (Parameter("scale", inputs, role="scale", initial=1.0),)

    def adapt(self, x):
        return {"scale": 1 / x.std(axis=0)}

    def forward(self, x, out, arrays):
        return x * arrays.scale

    def input_gradient(self, x, y, g, out, arrays):
        return g * arrays.scale

    def parameter_gradients(self, x, y, g, gradients, arrays):
        np.sum(g * x, axis=0, out=gradients.scale)


@caught_by("adapt", "adapt gave 'deviation'; its arrays are scale")
class AdaptsAnother(_Scaled):
    def adapt(self, x):
        return {"deviation": x.std(axis=0)}


@caught_by("adapt", "adapt gave 'scale' of shape (); numbers of (6,) are due")
class AdaptsOneForAll(_Scaled):
    def adapt(self, x):
        return {"scale": 1 / x.std()}


@caught_by("adapt", "adapt changed 'x'")
class CentresInPlace(_Scaled):
    def adapt(self, x):
        x -= x.mean(axis=0)
        return {"scale": 1 / x.std(axis=0)}


@caught_by("expectation", "it changes samples in inference")
class FlipsAlways(layers.Dropout):
    augments: ClassVar[bool] = True

    def forward(self, x, out, arrays):
        return x[..., ::-1].copy()


@caught_by("layer_expression", "expression gives other numbers for samples (6,)")
class OtherExpression(layers.Softplus):
    def expression(self, x, arrays, inputs):
        return x.exp().log()


@caught_by("layer_expression", "expression gives shape (5,) for samples (6,), forward (5, 6)")
class SummedExpression(layers.Softplus):
    def expression(self, x, arrays, inputs):
        return x.softplus().sum()


@caught_by("inference_parameters", "in inference, the gradient for 'scale' of shape (6,)")
class OfTheLastBatch(layers.BatchNorm):
    def parameter_gradients(self, x, y, g, gradients, arrays):
        super().parameter_gradients(x, y, g, gradients, arrays)
        if arrays.rng is None:
            gradients.scale *= 2


@caught_by("formula", "input_gradient comes out otherwise by its formula than by its method")
class StatesAnotherSlope(layers.Softplus):
    @staticmethod
    def gradient_formula(x, g):
        return g / (1 + np.exp(x))

    def input_gradient(self, x, y, g, out, arrays):
        return g / (1 + np.exp(-x))


@caught_by("formula", "forward comes out otherwise by its formula than by its method")
class StatesAnotherOutput(layers.Softplus):
    @staticmethod
    def formula(x):
        return np.log1p(np.exp(x)) + 1e-9

    def forward(self, x, out, arrays):
        return np.logaddexp(0, x)


@caught_by("compiled_formula", "forward comes out otherwise compiled than in numpy")
class LooksAtTheTypeOfANumber(layers.Stated):
    @staticmethod
    def formula(x, bend, mirrored):
        sign = 1 if mirrored is False else -1
        return sign * x / (1 + bend * np.abs(x))
