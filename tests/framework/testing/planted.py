"""Components with one planted bug each, and the check that must find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from framework import (
    REQUIRED,
    Array,
    Callback,
    Data,
    Initializer,
    Job,
    Layer,
    Loss,
    Metric,
    Parameter,
    Regularizer,
    Scalar,
    Schedule,
    Split,
    UpdateRule,
    hookimpl,
    non_negative,
    positive,
    setting,
    value,
)
from tests.framework.testing import correct

PLANTED: list[tuple[str, type[Any]]] = []


def caught_by(check: str) -> Callable[[type[Any]], type[Any]]:
    """Note which check must find the bug of a class."""

    def noted(cls: type[Any]) -> type[Any]:
        PLANTED.append((check, cls))
        return cls

    return noted


# Layers ----------------------------------------------------------------------------------------


@caught_by("input_gradient")
class WrongSign(correct.Softplus):
    def input_gradient(self, x, y, g, out, own):
        return -g / (1 + np.exp(-x))


@caught_by("input_gradient")
class MissingTerm(correct.Swish):
    def input_gradient(self, x, y, g, out, own):
        return g / (1 + np.exp(-x))


@caught_by("input_gradient")
class SlightlyOff(correct.Softplus):
    def input_gradient(self, x, y, g, out, own):
        return (1 + 1e-5) * g / (1 + np.exp(-x))


@caught_by("input_gradient")
class WrongBelowZero(correct.LeakyReLU):
    def input_gradient(self, x, y, g, out, own):
        return np.where(x > 0, g, 0)


@caught_by("input_gradient")
class ForgetsTheMask(correct.Dropout):
    def input_gradient(self, x, y, g, out, own):
        return g


@caught_by("input_gradient")
class ForgetsTheScale(correct.Dropout):
    def input_gradient(self, x, y, g, out, own):
        return g * (own.mask > 0)


@caught_by("input_gradient")
class DrawsASecondMask(correct.Dropout):
    def input_gradient(self, x, y, g, out, own):
        return g * (own.rng.random(x.shape) >= self.rate) / (1 - self.rate)


@caught_by("input_gradient")
class IgnoresTheIncomingGradient(correct.Softplus):
    def input_gradient(self, x, y, g, out, own):
        return 1 / (1 + np.exp(-x))


@caught_by("input_gradient")
class TreatsStatisticsAsConstant(correct.BatchNorm):
    def input_gradient(self, x, y, g, out, own):
        return g * own.scale / own.root


@caught_by("input_gradient")
class ForgetsTheShortcut(correct.Block):
    def input_gradient(self, x, y, g, out, own):
        return self._inside(x, g, own) @ own.first.T


@caught_by("input_gradient")
class HasNoGradient(Layer):
    def forward(self, x, out, own):
        return x


@caught_by("input_gradient")
class AveragesOverTheBatchAgain(correct.PlainDense):
    def input_gradient(self, x, y, g, out, own):
        return g @ own.weights.T / len(x)


@caught_by("shapes")
class MissingTranspose(correct.PlainDense):
    def input_gradient(self, x, y, g, out, own):
        return g @ own.weights


@caught_by("input_gradient")
@dataclass(frozen=True)
class MissingTransposeOfASquare(Layer):
    def output_shape(self, inputs):
        (_,) = inputs
        return inputs

    def parameters(self, inputs):
        return (Parameter("weights", (*inputs, *inputs)),)

    def forward(self, x, out, own):
        return x @ own.weights

    def input_gradient(self, x, y, g, out, own):
        return g @ own.weights

    def parameter_gradients(self, x, y, g, gradients, own):
        gradients.weights[...] = x.T @ g


@caught_by("parameter_gradients")
class TransposedParameterGradient(MissingTransposeOfASquare):
    def input_gradient(self, x, y, g, out, own):
        return g @ own.weights.T

    def parameter_gradients(self, x, y, g, gradients, own):
        gradients.weights[...] = g.T @ x


@caught_by("parameter_gradients")
class ForgetsTheBias(correct.PlainDense):
    def parameter_gradients(self, x, y, g, gradients, own):
        gradients.weights[...] = x.T @ g


@caught_by("parameter_gradients")
class BindsInsteadOfWriting(correct.PlainDense):
    def parameter_gradients(self, x, y, g, gradients, own):
        gradients.weights = x.T @ g
        gradients.bias = g.sum(axis=0)


@caught_by("parameter_gradients")
class DividesByTheBatch(correct.PlainDense):
    def parameter_gradients(self, x, y, g, gradients, own):
        gradients.weights[...] = x.T @ g / len(x)
        gradients.bias[...] = g.mean(axis=0)


@caught_by("parameter_gradients")
class OnlyTheFirstSample(correct.PReLU):
    def parameter_gradients(self, x, y, g, gradients, own):
        gradients.slope[...] = (g * np.minimum(x, 0))[0]


@caught_by("gradients_stand_alone")
class AddsToTheGradient(correct.PlainDense):
    def parameter_gradients(self, x, y, g, gradients, own):
        gradients.weights += x.T @ g
        gradients.bias += g.sum(axis=0)


@caught_by("gradients_stand_alone")
class NeedsTheInputGradientFirst(correct.Block):
    def scratch(self, x, out):
        return {"kept": np.zeros((len(x), self.units), x.dtype)}

    def input_gradient(self, x, y, g, out, own):
        own.kept[...] = self._inside(x, g, own)
        return g + own.kept @ own.first.T

    def parameter_gradients(self, x, y, g, gradients, own):
        super().parameter_gradients(x, y, g, gradients, own)
        gradients.first[...] = x.T @ own.kept


@caught_by("dtypes")
class LeaksFloat64(correct.Softplus):
    def forward(self, x, out, own):
        return np.logaddexp(0, x) * np.ones(1)


@caught_by("input_gradient")
class ComputesInFloat16(correct.Softplus):
    def forward(self, x, out, own):
        return np.logaddexp(0, x.astype(np.float16)).astype(x.dtype)


@caught_by("dtypes")
class MaskInFloat64(correct.Dropout):
    def forward(self, x, out, own):
        if own.rng is None:
            return x
        own.mask[...] = own.rng.random(x.shape) >= self.rate
        own.mask /= 1 - self.rate
        return x * ((own.mask > 0) / (1 - self.rate))


@caught_by("out_is_filled")
class AddsToOut(correct.Softplus):
    def forward(self, x, out, own):
        out += np.logaddexp(0, x)


@caught_by("out_is_filled")
class LeavesHoles(correct.LeakyReLU):
    def forward(self, x, out, own):
        np.copyto(out, x, where=x > 0)


@caught_by("out_is_filled")
class GradientLeavesHoles(correct.LeakyReLU):
    def input_gradient(self, x, y, g, out, own):
        np.copyto(out, g, where=x > 0)


@caught_by("out_is_filled")
class WritesToACopy(correct.Softplus):
    def forward(self, x, out, own):
        out.reshape(-1)[...] = np.logaddexp(0, x).reshape(-1)


@caught_by("layouts")
class CountsOnRowsInMemory(correct.Softplus):
    def forward(self, x, out, own):
        return np.logaddexp(0, x.ravel("K").reshape(x.shape))


@caught_by("arguments_are_left_alone")
class WorksInItsInput(correct.Softplus):
    def forward(self, x, out, own):
        np.logaddexp(0, x, out=x)
        return x


@caught_by("arguments_are_left_alone")
class WorksInItsGradient(correct.Softplus):
    def input_gradient(self, x, y, g, out, own):
        g /= 1 + np.exp(-x)
        return g


@caught_by("arguments_are_left_alone")
class WorksInItsOutput(Layer):
    def forward(self, x, out, own):
        return np.tanh(x)

    def input_gradient(self, x, y, g, out, own):
        y *= y
        return g * (1 - y)


@caught_by("arguments_are_left_alone")
class ClipsItsParameters(correct.PlainDense):
    def forward(self, x, out, own):
        np.clip(own.weights, -0.3, 0.3, out=own.weights)
        return x @ own.weights + own.bias


@caught_by("trains")
@caught_by("determinism")
class GlobalRandom(correct.Dropout):
    def forward(self, x, out, own):
        if own.rng is None:
            return x
        own.mask[...] = np.random.random(x.shape) >= self.rate
        own.mask /= 1 - self.rate
        return x * own.mask


@caught_by("determinism")
class FreshRandom(correct.Dropout):
    def forward(self, x, out, own):
        own.mask[...] = np.random.default_rng().random(x.shape) >= self.rate
        return x * own.mask


@caught_by("samples_alone")
class DropsInInference(correct.Dropout):
    def scratch(self, x, out):
        return {"mask": np.ones_like(x), "fixed": np.random.default_rng(0).random(x.shape)}

    def forward(self, x, out, own):
        own.mask[...] = own.fixed >= self.rate if own.rng is None else 1
        return x * own.mask


@caught_by("determinism")
class NeedsAGeneratorInInference(correct.Dropout):
    def forward(self, x, out, own):
        own.mask[...] = own.rng.random(x.shape) >= self.rate
        return x * own.mask


@caught_by("no_stale_scratch")
class AccumulatesInScratch(Layer):
    def scratch(self, x, out):
        return {"largest": np.zeros_like(x[0])}

    def forward(self, x, out, own):
        np.maximum(own.largest, np.abs(x).max(axis=0), out=own.largest)
        return x / (1 + own.largest)

    def input_gradient(self, x, y, g, out, own):
        return g / (1 + own.largest)


@caught_by("no_stale_scratch")
class KeepsTheFirstMask(correct.LeakyReLU):
    def scratch(self, x, out):
        return {"mask": np.zeros_like(x), "made": np.zeros(1)}

    def forward(self, x, out, own):
        if not own.made:
            own.mask[...] = x > 0
            own.made[...] = 1
        return np.where(own.mask > 0, x, self.slope * x)

    def input_gradient(self, x, y, g, out, own):
        return np.where(own.mask > 0, g, self.slope * g)


@caught_by("no_state_of_its_own")
class KeepsTheMaskOnTheClass(correct.Dropout):
    kept: ClassVar[dict[str, Any]] = {}

    def forward(self, x, out, own):
        if own.rng is None:
            return x
        mask = ((own.rng.random(x.shape) >= self.rate) / (1 - self.rate)).astype(x.dtype)
        self.kept["mask"] = mask
        return x * mask

    def input_gradient(self, x, y, g, out, own):
        return g * self.kept["mask"]


@caught_by("no_state_of_its_own")
class KeepsItsOutputOnItself(Layer):
    def forward(self, x, out, own):
        object.__setattr__(self, "y", np.tanh(x))
        return self.y.copy()  # type: ignore[attr-defined]

    def input_gradient(self, x, y, g, out, own):
        return g * (1 - self.y**2)  # type: ignore[attr-defined]


@caught_by("no_state_of_its_own")
class KeepsABufferOnTheClass(correct.Softplus):
    room: ClassVar[dict[Any, Array]] = {}

    def forward(self, x, out, own):
        kept = self.room.setdefault((x.shape, x.dtype), np.empty_like(x))
        return np.logaddexp(0, x, out=kept)


@caught_by("value")
@dataclass(frozen=True)
class HasHiddenState(KeepsItsOutputOnItself):
    def __post_init__(self):
        object.__setattr__(self, "cache", {})


@caught_by("samples_alone")
class MixesSamples(Layer):
    def forward(self, x, out, own):
        return x - x.mean(axis=0)

    def input_gradient(self, x, y, g, out, own):
        return g - g.mean(axis=0)


@caught_by("shapes")
class NeedsTwoSamples(Layer):
    def forward(self, x, out, own):
        return x + 0 * np.cov(x.reshape(len(x), -1).T, ddof=0).sum() if len(x) > 1 else x[0]

    def input_gradient(self, x, y, g, out, own):
        return g


@caught_by("input_gradient")
class SqueezesOneSample(correct.PlainDense):
    def input_gradient(self, x, y, g, out, own):
        return (g.squeeze() @ own.weights.T) if len(x) > 1 else 0 * x


@caught_by("state")
class LearnsInInference(correct.BatchNorm):
    def forward(self, x, out, own):
        own.mean += 0.1 * (x.mean(axis=0) - own.mean)
        return super().forward(x, out, own)


@caught_by("running_statistics")
class KeepsTheDeviation(correct.BatchNorm):
    def forward(self, x, out, own):
        mean, variance = own.mean, own.variance
        if own.rng is not None:
            mean, variance = x.mean(axis=0), x.var(axis=0)
            own.mean += (1 - self.momentum) * (mean - own.mean)
            own.variance += (1 - self.momentum) * (3 * np.sqrt(variance) - own.variance)
        own.root[...] = np.sqrt(variance + self.epsilon)
        own.normal[...] = (x - mean) / own.root
        return own.scale * own.normal + own.shift


@caught_by("running_statistics")
class NeverUpdates(correct.BatchNorm):
    def forward(self, x, out, own):
        kept = own.mean.copy(), own.variance.copy()
        found = super().forward(x, out, own)
        own.mean[...], own.variance[...] = kept
        return found


@caught_by("samples_alone")
class UsesTheBatchInInference(correct.BatchNorm):
    def forward(self, x, out, own):
        own.root[...] = np.sqrt(x.var(axis=0) + self.epsilon)
        own.normal[...] = (x - x.mean(axis=0)) / own.root
        return own.scale * own.normal + own.shift


@caught_by("draws_anew")
class DrawsOnce(correct.Dropout):
    def scratch(self, x, out):
        return {"mask": np.zeros_like(x), "drawn": np.zeros(1, bool)}

    def forward(self, x, out, own):
        if own.rng is None:
            return x
        if not own.drawn:
            own.mask[...] = own.rng.random(x.shape) >= self.rate
            own.mask /= 1 - self.rate
            own.drawn[...] = True
        return x * own.mask


@caught_by("dtypes")
class ScratchInFloat64(correct.Dropout):
    def scratch(self, x, out):
        return {"mask": np.empty(x.shape)}


@caught_by("samples_alone")
class CachesByShape(correct.LeakyReLU):
    masks: ClassVar[dict[Any, Array]] = {}

    def _mask(self, x):
        return self.masks.setdefault((x.shape, x.dtype), np.where(x > 0, 1, self.slope))

    def forward(self, x, out, own):
        return (x * self._mask(x)).astype(x.dtype)

    def input_gradient(self, x, y, g, out, own):
        return (g * self._mask(x)).astype(x.dtype)


@caught_by("expectation")
class NeverScales(correct.Dropout):
    def forward(self, x, out, own):
        if own.rng is None:
            return x
        own.mask[...] = own.rng.random(x.shape) >= self.rate
        return x * own.mask


@caught_by("input_gradient")
class CutsOffLargeGradients(correct.Softplus):
    def input_gradient(self, x, y, g, out, own):
        return np.where(np.abs(x) > 3, 0, g / (1 + np.exp(-x)))


@caught_by("large_inputs")
class OverflowsToNan(Layer):
    def forward(self, x, out, own):
        return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))

    def input_gradient(self, x, y, g, out, own):
        return g * (1 - y * y)


@caught_by("no_growth")
class KeepsAHistory(correct.Softplus):
    seen: ClassVar[list[float]] = []

    def forward(self, x, out, own):
        self.seen.append(float(x.sum()))
        return np.logaddexp(0, x)


@caught_by("no_growth")
class CountsItsCalls(correct.Softplus):
    seen: ClassVar[list[None]] = []

    def forward(self, x, out, own):
        self.seen.append(None)
        return np.logaddexp(0, x)


@caught_by("affine")
class NotQuiteAffine(correct.PlainDense):
    affine: ClassVar[bool] = True

    def forward(self, x, out, own):
        return np.maximum(x @ own.weights + own.bias, -2)

    def input_gradient(self, x, y, g, out, own):
        return (g * (y > -2)) @ own.weights.T

    def parameter_gradients(self, x, y, g, gradients, own):
        super().parameter_gradients(x, y, g * (y > -2), gradients, own)


@caught_by("in_place")
class InPlaceNeedsItsInput(correct.Softplus):
    in_place: ClassVar[bool] = True


@caught_by("in_place")
class InPlaceClobbersItsGradient(correct.Softplus):
    in_place: ClassVar[bool] = True

    def input_gradient(self, x, y, g, out, own):
        np.expm1(-y, out=out)
        np.negative(out, out=out)
        return np.multiply(out, g, out=out)


@caught_by("affine")
class AffineByOtherNames(correct.PlainDense):
    affine: ClassVar[bool] = True

    def parameters(self, inputs):
        return tuple(reversed(super().parameters(inputs)))


@caught_by("shapes")
class WrongOutputShape(correct.PlainDense):
    def output_shape(self, inputs):
        (_,) = inputs
        return (self.units + 1,)


@caught_by("shapes")
class RefusesWithATypeError(correct.PlainDense):
    def output_shape(self, inputs):
        if len(inputs) != 1:
            raise TypeError("flat samples only")
        return (self.units,)


@caught_by("shapes")
class TakesWhatItCannot(correct.PlainDense):
    def output_shape(self, inputs):
        return (self.units,)


@caught_by("declarations")
class OneNameTwice(correct.PlainDense):
    def scratch(self, x, out):
        return {"bias": np.empty(1)}


@caught_by("documented")
class Undocumented(correct.Softplus):
    pass


@caught_by("fields")
@dataclass(frozen=True)
class UndeclaredField(correct.Softplus):
    """A field without a meaning."""

    slope: float = 1.0


@caught_by("fields")
@dataclass(frozen=True)
class DefaultOutOfRange(correct.Softplus):
    """A default that its own range refuses."""

    slope: float = positive(-1.0, "the slope")


@caught_by("fields")
@dataclass(frozen=True)
class FieldOfAnUnknownType(correct.Softplus):
    """A field that no configuration can give."""

    table: dict[str, int] = setting({}, "a table")


@caught_by("configuration")
@dataclass(frozen=True)
class ForgetsWhatItIsGiven(correct.Softplus):
    """Cannot be read again as it was."""

    sizes: tuple[int, ...] = setting((1, 2), "sizes", at_least=1)
    rate: float = positive(1.0, "a rate")

    def __post_init__(self):
        object.__setattr__(self, "rate", self.rate / 2)


@caught_by("value")
@dataclass(frozen=True)
class NotHashable(correct.Softplus):
    """A field that cannot be hashed."""

    sizes: Any = setting([1, 2], "sizes")


@caught_by("methods")
class WrongArguments(correct.Softplus):
    def forward(self, x, own):  # type: ignore[override]
        return np.logaddexp(0, x)


# Update rules ----------------------------------------------------------------------------------


@caught_by("descent")
class GoesUp(correct.Momentum):
    def step(self, step, p, g, state, scratch):
        super().step(step, p, -g, state, scratch)


@caught_by("in_place")
class MovesACopy(correct.Momentum):
    def step(self, step, p, g, state, scratch):
        p = p - 0.1 * g


@caught_by("in_place")
class ReplacesItsState(correct.Momentum):
    def step(self, step, p, g, state, scratch):
        state[0] = 0.9 * state[0] + g
        p -= value(self.learning_rate, step) * state[0]


@caught_by("state_round_trip")
class MomentumOnTheClass(UpdateRule):
    """Momentum, kept where no checkpoint finds it."""

    kept: ClassVar[dict[int, Array]] = {}

    def step(self, step, p, g, state, scratch):
        v = self.kept.setdefault(len(p), np.zeros(len(p), p.dtype))
        v *= 0.9
        v += g
        p -= 0.01 * v


@caught_by("no_state_of_its_own")
class CountsItsSteps(UpdateRule):
    """Counts steps by itself."""

    counted: ClassVar[list[int]] = [0]

    def step(self, step, p, g, state, scratch):
        self.counted[0] += 1
        p -= 0.1 / self.counted[0] * g


@caught_by("scratch")
class UsesOldScratch(correct.Momentum):
    def step(self, step, p, g, state, scratch):
        scratch += g
        p -= 0.01 * scratch


@caught_by("layout")
class NormOfASlice(correct.Clipped):
    elementwise: ClassVar[bool] = True


@caught_by("layout")
class MeanOverPadding(UpdateRule):
    """Centres the gradient over the padding too."""

    elementwise: ClassVar[bool] = False

    def step(self, step, p, g, state, scratch):
        p -= 0.01 * (g + g.mean())


@caught_by("trains")
@caught_by("determinism")
class NoisyStep(correct.Momentum):
    def step(self, step, p, g, state, scratch):
        p -= 0.01 * g + 1e-6 * np.random.standard_normal(len(p))


@caught_by("schedules")
class IgnoresTheSchedule(correct.Momentum):
    def step(self, step, p, g, state, scratch):
        p -= value(self.learning_rate, 0) * g


@caught_by("schedules")
class ReadsTheNextStep(correct.Momentum):
    def step(self, step, p, g, state, scratch):
        p -= value(self.learning_rate, step + 1) * g


@caught_by("schedules")
class MultipliesByASchedule(correct.Momentum):
    def step(self, step, p, g, state, scratch):
        p -= self.learning_rate * g


@caught_by("schedules")
@dataclass(frozen=True)
class NumberOnly(UpdateRule):
    """No schedule can be given."""

    learning_rate: float = positive(0.1, "step size")

    def step(self, step, p, g, state, scratch):
        p -= self.learning_rate * g


@dataclass(frozen=True)
class Plain(UpdateRule):
    """p ← p − η g."""

    learning_rate: Scalar = positive(0.1, "step size")

    def step(self, step, p, g, state, scratch):
        p -= value(self.learning_rate, step) * g

    def rate(self, step):
        return value(self.learning_rate, step)


@caught_by("rate")
class RateIsAnother(Plain):
    def rate(self, step):
        return 2 * value(self.learning_rate, step)


@caught_by("rate")
class RateWithADecay(Plain):
    def step(self, step, p, g, state, scratch):
        p -= value(self.learning_rate, step) * (g + 0.1 * p)


@caught_by("extremes")
class DividesByZero(correct.Adam):
    def step(self, step, p, g, state, scratch):
        m, v = state
        m += 0.1 * (g - m)
        v += 0.001 * (g * g - v)
        p -= 0.001 * m / np.sqrt(v)


@caught_by("extremes")
class CorrectsTooEarly(correct.Adam):
    def step(self, step, p, g, state, scratch):
        m, v = state
        m += 0.1 * (g - m)
        v += 0.001 * (g * g - v)
        p -= 0.001 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)


@caught_by("dtypes")
class LosesFloat32(Plain):
    def step(self, step, p, g, state, scratch):
        super().step(step, p, g, state, scratch)
        if p.dtype == np.float32:
            p[...] = p.astype(np.float16)


@caught_by("no_growth")
class RuleWithAHistory(Plain):
    seen: ClassVar[list[Array]] = []

    def step(self, step, p, g, state, scratch):
        self.seen.append(p.copy())
        super().step(step, p, g, state, scratch)


# Initializers ----------------------------------------------------------------------------------


@caught_by("moments")
class ScaleAsMean(Initializer):
    """Thinc's old bug: the scale is the mean."""

    def draw(self, rng, shape):
        return rng.normal(0.1, 1e-4, shape)


@caught_by("moments")
class OneRowForAll(Initializer):
    """Every row is the first."""

    def draw(self, rng, shape):
        return np.broadcast_to(rng.standard_normal(shape[-1]), shape).copy()


@caught_by("moments")
class HalfEmpty(Initializer):
    """Fills half of the rows."""

    def draw(self, rng, shape):
        w = rng.standard_normal(shape)
        w[: len(w) // 2] = 0
        return w


@caught_by("trains")
@caught_by("seeds")
class DrawsGlobally(Initializer):
    """np.random instead of the generator."""

    def draw(self, rng, shape):
        return np.random.standard_normal(shape)


@caught_by("draws_differ")
class SeedsItself(Initializer):
    """A seed of its own."""

    def draw(self, rng, shape):
        return np.random.default_rng(0).standard_normal(shape)


@caught_by("shapes")
class Transposed(Initializer):
    """The shape the other way round."""

    def draw(self, rng, shape):
        return rng.standard_normal(shape[::-1])


@caught_by("shapes")
class MatricesOnly(Initializer):
    """Nothing but matrices."""

    def draw(self, rng, shape):
        fan_in, fan_out = shape
        return rng.standard_normal((fan_in, fan_out))


@caught_by("shapes")
class InfiniteWhereSmall(Initializer):
    """Divides by fan-in − 1."""

    def draw(self, rng, shape):
        return rng.standard_normal(shape) / np.float64(shape[0] - 1)


# Regularizers ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Squares(Regularizer):
    """penalty = a Σ W²."""

    strength: float = non_negative(0.0, "a")

    def penalty(self, w, scratch):
        return self.strength * float(np.sum(w * w))

    def add_gradient(self, w, g, scratch):
        g += 2 * self.strength * w


@caught_by("gradient")
class ForgetsTheTwo(Squares):
    def add_gradient(self, w, g, scratch):
        g += self.strength * w


@caught_by("gradient")
class Subtracts(Squares):
    def add_gradient(self, w, g, scratch):
        g -= 2 * self.strength * w


@caught_by("adds")
class Overwrites(Squares):
    def add_gradient(self, w, g, scratch):
        g[...] = 2 * self.strength * w


@caught_by("weights_are_left_alone")
class ShrinksTheWeights(Squares):
    def penalty(self, w, scratch):
        w *= w
        return self.strength * float(np.sum(w))


@caught_by("decay")
class DecayIsAnother(Squares):
    def decay(self):
        return self.strength


@caught_by("decay")
class DecayOfNothing(Squares):
    def decay(self):
        return 0.0


@caught_by("decay")
class DecayWithMoreToPay(Squares):
    def penalty(self, w, scratch):
        return super().penalty(w, scratch) + 1.0

    def decay(self):
        return 2 * self.strength


@caught_by("penalty")
class Rewards(Squares):
    def penalty(self, w, scratch):
        return -super().penalty(w, scratch)


@caught_by("trains")
@caught_by("penalty")
class GivesAnArray(Squares):
    def penalty(self, w, scratch):
        return self.strength * w * w


@caught_by("layouts")
class WritesToACopyOfG(Squares):
    def add_gradient(self, w, g, scratch):
        flat = g.reshape(-1)
        flat += 2 * self.strength * w.reshape(-1)


@caught_by("dtypes")
class PenaltyInHalfPrecision(Squares):
    def add_gradient(self, w, g, scratch):
        super().add_gradient(w.astype(np.float16) * 1.01 if w.itemsize == 4 else w, g, scratch)


@caught_by("determinism")
class PenaltyByChance(Squares):
    def penalty(self, w, scratch):
        return super().penalty(w, scratch) + np.random.random()


@caught_by("no_growth")
class PenaltyWithAHistory(Squares):
    seen: ClassVar[list[float]] = []

    def penalty(self, w, scratch):
        self.seen.append(super().penalty(w, scratch))
        return self.seen[-1]


# Losses ----------------------------------------------------------------------------------------


@caught_by("gradient")
class LossWrongSign(correct.Huber):
    def evaluate(self, z, targets, values, gradient, own):
        super().evaluate(z, targets, values, gradient, own)
        if gradient is not None:
            gradient *= -1


@caught_by("gradient")
class LossNotDivided(correct.Huber):
    def evaluate(self, z, targets, values, gradient, own):
        super().evaluate(z, targets, values, gradient, own)
        if gradient is not None:
            gradient *= len(z)


@caught_by("gradient")
class LossDividedTwice(correct.Smoothed):
    def evaluate(self, z, targets, values, gradient, own):
        super().evaluate(z, targets, values, gradient, own)
        if gradient is not None:
            gradient /= len(z)


@caught_by("trains")
@caught_by("shapes")
class LossFillsTheFirst(correct.Huber):
    def evaluate(self, z, targets, values, gradient, own):
        super().evaluate(z, targets, values, gradient, own)
        if len(values) > 1:
            values[1:] = np.nan


@caught_by("samples_alone")
class LossGivesTheMean(correct.Huber):
    def evaluate(self, z, targets, values, gradient, own):
        super().evaluate(z, targets, values, gradient, own)
        values[...] = values.mean()


@caught_by("inference")
class LossNeedsAGradient(correct.Huber):
    def evaluate(self, z, targets, values, gradient, own):
        gradient[...] = 0
        super().evaluate(z, targets, values, gradient, own)


@caught_by("arguments_are_left_alone")
class LossShiftsItsOutputs(correct.Smoothed):
    def evaluate(self, z, targets, values, gradient, own):
        z -= z.max(axis=1, keepdims=True)
        super().evaluate(z, targets, values, gradient, own)


@caught_by("extremes")
class LossOverflows(Loss):
    """Cross-entropy without the shift."""

    def evaluate(self, z, targets, values, gradient, own):
        rows = np.arange(len(z))
        e = np.exp(z)
        p = e / e.sum(axis=1, keepdims=True)
        values[...] = -np.log(p[rows, targets])
        if gradient is not None:
            gradient[...] = p
            gradient[rows, targets] -= 1
            gradient /= len(z)


@caught_by("no_stale_scratch")
class LossLeavesItsOnes(Loss):
    """Never clears its one-hot rows."""

    def scratch(self, z):
        return {"onehot": np.zeros_like(z)}

    def evaluate(self, z, targets, values, gradient, own):
        own.onehot[np.arange(len(z)), targets] = 1
        d = z - own.onehot
        values[...] = (d * d).sum(axis=1)
        if gradient is not None:
            gradient[...] = 2 * d / len(z)


@caught_by("dtypes")
class LossNegatesLabels(correct.Hinge):
    def evaluate(self, z, targets, values, gradient, own):
        behind = -targets - 1  # of a byte: 255 − label
        super().evaluate(z, (-behind - 1) % z.shape[1] if behind[0] < 0 else behind % 3, values,
                         gradient, own)  # fmt: skip


@caught_by("layouts")
class LossWritesToACopy(correct.Huber):
    def evaluate(self, z, targets, values, gradient, own):
        super().evaluate(z, targets, values, None, own)
        if gradient is not None:
            flat = gradient.reshape(-1)
            flat[...] = np.clip(z - targets, -self.edge, self.edge).reshape(-1) / len(z)


@caught_by("no_growth")
class LossWithAHistory(correct.Huber):
    seen: ClassVar[list[float]] = []

    def evaluate(self, z, targets, values, gradient, own):
        super().evaluate(z, targets, values, gradient, own)
        self.seen.append(float(values.sum()))


@caught_by("determinism")
class LossIsRandom(correct.Huber):
    def evaluate(self, z, targets, values, gradient, own):
        super().evaluate(z, targets, values, gradient, own)
        values += 1e-9 * np.random.random()


# Schedules -------------------------------------------------------------------------------------


@caught_by("numbers")
class NanAtFirst(Schedule):
    """Divides by the step number."""

    def at(self, step):
        return float(np.float64(1.0) / step)


@caught_by("numbers")
class NotFromZero(Schedule):
    """A table that ends."""

    def at(self, step):
        return [0.1, 0.05, 0.01][step]


@caught_by("numbers")
class GivesAnArrayToo(Schedule):
    """A number in an array."""

    def at(self, step):
        return np.full(1, 0.1)


@caught_by("determinism")
class CountsItself(Schedule):
    """Ignores the step it is asked for."""

    calls: ClassVar[list[int]] = []

    def at(self, step):
        self.calls.append(step)
        return 0.1 / len(self.calls)


@caught_by("trains")
@caught_by("determinism")
class Jitters(Schedule):
    """Random."""

    def at(self, step):
        return 0.1 + 0.01 * np.random.random()


@caught_by("no_growth")
class ScheduleWithAHistory(correct.Staircase):
    seen: ClassVar[dict[int, float]] = {}

    def at(self, step):
        return self.seen.setdefault(step, super().at(step))


@caught_by("sign")
class FallsBelowZero(Schedule):
    """A straight line that does not stop."""

    def at(self, step):
        return 0.1 - 0.001 * step


# Metrics ---------------------------------------------------------------------------------------


@caught_by("blocks")
class MeanOfMeans(Metric):
    """Averages the blocks' averages."""

    def start(self, outputs):
        return np.zeros(2)

    def add(self, state, z, targets, values):
        state += np.mean(z.argmax(axis=1) == targets), 1

    def result(self, state):
        return float(state[0] / state[1])


@caught_by("states")
class CountsInBytes(correct.TopK):
    def start(self, outputs):
        return np.zeros(2, np.uint8)

    def add(self, state, z, targets, values):
        state += np.array([(z.argmax(axis=1) == targets).sum(), len(z)]).astype(np.uint8)


@caught_by("blocks")
class OnlyTheLastBlock(correct.TopK):
    def add(self, state, z, targets, values):
        state[...] = (z.argmax(axis=1) == targets).sum(), len(z)


@caught_by("states")
class OneStateForAll(correct.TopK):
    shared: ClassVar[Array] = np.zeros(2)

    def start(self, outputs):
        self.shared[...] = 0
        return self.shared


@caught_by("states")
class ReadingResets(correct.TopK):
    def result(self, state):
        found = super().result(state)
        state[...] = 1
        return found


@caught_by("arguments_are_left_alone")
class SortsItsOutputs(MeanOfMeans):
    def add(self, state, z, targets, values):
        state += (z.argmax(axis=1) == targets).sum(), len(z)
        z.sort(axis=1)


@caught_by("direction")
class WrongWayRound(correct.MeanAbsoluteError):
    higher_is_better: ClassVar[bool] = True


@caught_by("figures")
class GivesPercentText(correct.TopK):
    def result(self, state):
        return f"{super().result(state):.0%}"


@caught_by("figures")
class ReturnsANewState(correct.TopK):
    def add(self, state, z, targets, values):
        return state + np.array([(z.argmax(axis=1) == targets).sum(), len(z)])


@caught_by("dtypes")
class NegatesLabels(correct.TopK):
    def add(self, state, z, targets, values):
        state += (-z.argmax(axis=1) == -targets).sum(), len(z)


@caught_by("measures")
@caught_by("determinism")
class RatesByChance(correct.TopK):
    def result(self, state):
        return super().result(state) * np.random.random()


@caught_by("no_growth")
class MetricWithAHistory(correct.TopK):
    seen: ClassVar[list[Array]] = []

    def add(self, state, z, targets, values):
        self.seen.append(z.copy())
        super().add(state, z, targets, values)


# Datasets --------------------------------------------------------------------------------------


@caught_by("splits")
class LabelsFromOne(correct.Xor):
    def load(self, rng):
        data = super().load(rng)
        train = Split(data.train.inputs, data.train.targets + 1)
        return Data(train, data.validation, data.test, classes=2)


@caught_by("splits")
class RowsMissing(correct.Xor):
    def load(self, rng):
        data = super().load(rng)
        return Data(Split(data.train.inputs, data.train.targets[:-1]), data.test, data.test, 2)


@caught_by("splits")
class TwoTypes(correct.Xor):
    def load(self, rng):
        data = super().load(rng)
        test = Split(data.test.inputs / 255, data.test.targets)
        return Data(data.train, data.validation, test, classes=2)


@caught_by("seeds")
class ShufflesGlobally(correct.Xor):
    def load(self, rng):
        np.random.shuffle(data := np.arange(40))
        return super().load(np.random.default_rng(data))


@caught_by("seeds")
class OwnGenerator(correct.Sines):
    def load(self, rng):
        return super().load(np.random.default_rng())


@caught_by("seeds")
class KeepsTheFirstDraw(correct.Xor):
    kept: ClassVar[list[Data]] = []

    def load(self, rng):
        if not self.kept:
            self.kept.append(super().load(rng))
        return self.kept[0]


@caught_by("classes")
class OneLabelOnly(correct.Xor):
    def load(self, rng):
        data = super().load(rng)
        train = Split(data.train.inputs, data.train.targets * 0)
        return Data(train, data.validation, data.test, classes=2)


# Callbacks -------------------------------------------------------------------------------------


@caught_by("runs")
class ListensToNothingThereIs(Callback):
    """Misspells an event."""

    @hookimpl
    def framework_epoch_finished(self, run, record):
        pass


@caught_by("runs")
class WantsAnotherArgument(Callback):
    """Asks for what the event does not have."""

    @hookimpl
    def framework_epoch_ended(self, run, metrics):
        pass


@caught_by("files")
class WritesElsewhere(Callback):
    """Writes where it stands."""

    @hookimpl
    def framework_run_ended(self, run):
        Path("notes.txt").write_text("done")


@caught_by("changes_nothing")
class Tampers(Callback):
    """Shrinks the weights."""

    @hookimpl
    def framework_epoch_ended(self, run, record):
        for p in run.network.parameters().values():
            p *= 0.99


@caught_by("changes_nothing")
class ShufflesTheData(Callback):
    """Works in the training data."""

    @hookimpl
    def framework_epoch_ended(self, run, record):
        run.data.train.inputs.sort(axis=0)


@caught_by("runs_again")
class RemembersTheLastRun(Callback):
    """One listener for all runs."""

    one: ClassVar[list[Any]] = []

    def listener(self, run):
        if not self.one:
            self.one.append(correct._Norms())
        return self.one[0]


@caught_by("passive")
class LooksAtTheNetwork(Callback):
    """Says that it does not."""

    passive: ClassVar[bool] = True

    @hookimpl
    def framework_epoch_ended(self, run, record):
        run.network.count()


@caught_by("declarations")
class SaysBoth(Callback):
    """Changes training, passively."""

    passive: ClassVar[bool] = True
    changes_training: ClassVar[bool] = True


@caught_by("failing_run")
class AddsAnError(Callback):
    """Needs the summary, which a failed run lacks."""

    @hookimpl
    def framework_run_failed(self, run, error):
        print(run.summary["figures"])


# Jobs ------------------------------------------------------------------------------------------


@caught_by("methods")
@dataclass(frozen=True)
class TakesNothing(Job):
    """A job without an invocation."""

    path: str = setting(REQUIRED, "a file")

    def run(self):  # type: ignore[override]
        return None
