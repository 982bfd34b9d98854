"""Losses with one planted bug each, and the check that must find it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from framework import (
    Loss,
)
from tests.framework.testing.correct import losses as correct
from tests.framework.testing.planted.mark import caught_by


@caught_by(
    "gradient", "the gradient for 1 × 4 outputs of ±2", ": -1 times what it should be, everywhere"
)
class LossWrongSign(correct.Huber):
    def evaluate(self, z, targets, losses, gradient, arrays):
        super().evaluate(z, targets, losses, gradient, arrays)
        if gradient is not None:
            gradient *= -1


@caught_by(
    "gradient", "the gradient for 3 × 4 outputs of ±2", ": 3 times what it should be, everywhere"
)
class LossNotDivided(correct.Huber):
    def evaluate(self, z, targets, losses, gradient, arrays):
        super().evaluate(z, targets, losses, gradient, arrays)
        if gradient is not None:
            gradient *= len(z)


@caught_by(
    "gradient",
    "the gradient for 3 × 4 outputs of ±2",
    ": 0.3333 times what it should be, everywhere",
)
class LossDividedTwice(correct.Smoothed):
    def evaluate(self, z, targets, losses, gradient, arrays):
        super().evaluate(z, targets, losses, gradient, arrays)
        if gradient is not None:
            gradient /= len(z)


@caught_by("trains", "raised DivergenceError", "step 0 (epoch 1): the loss is not finite")
@caught_by("shapes", "2 of 3 numbers of values are unwritten or nan for 3 samples and 4 outputs")
class LossFillsTheFirst(correct.Huber):
    def evaluate(self, z, targets, losses, gradient, arrays):
        super().evaluate(z, targets, losses, gradient, arrays)
        if len(losses) > 1:
            losses[1:] = np.nan


@caught_by("samples_alone", "sample 0 has the value 9.53639 alone, 5.87654 in a batch of 8")
class LossGivesTheMean(correct.Huber):
    def evaluate(self, z, targets, losses, gradient, arrays):
        super().evaluate(z, targets, losses, gradient, arrays)
        losses[...] = losses.mean()


@caught_by("inference", "it raised TypeError: 'NoneType' object does not support item assignment")
class LossNeedsAGradient(correct.Huber):
    def evaluate(self, z, targets, losses, gradient, arrays):
        gradient[...] = 0
        super().evaluate(z, targets, losses, gradient, arrays)


@caught_by("arguments_are_left_alone", "evaluate changed 'z'")
class LossShiftsItsOutputs(correct.Smoothed):
    def evaluate(self, z, targets, losses, gradient, arrays):
        z -= z.max(axis=1, keepdims=True)
        super().evaluate(z, targets, losses, gradient, arrays)


@caught_by(
    "extremes", "10 of 12 numbers of values are not finite ([nan]) for outputs of ±100 in float32"
)
class LossOverflows(Loss):
    """Cross-entropy without the shift."""

    def evaluate(self, z, targets, losses, gradient, arrays):
        rows = np.arange(len(z))
        e = np.exp(z)
        p = e / e.sum(axis=1, keepdims=True)
        losses[...] = -np.log(p[rows, targets])
        if gradient is not None:
            gradient[...] = p
            gradient[rows, targets] -= 1
            gradient /= len(z)


@caught_by("no_stale_scratch", "the values are others after a batch of other numbers")
class LossLeavesItsOnes(Loss):
    """Never clears its one-hot rows."""

    def scratch(self, z):
        return {"onehot": np.zeros_like(z)}

    def evaluate(self, z, targets, losses, gradient, arrays):
        arrays.onehot[np.arange(len(z)), targets] = 1
        d = z - arrays.onehot
        losses[...] = (d * d).sum(axis=1)
        if gradient is not None:
            gradient[...] = 2 * d / len(z)


@caught_by("dtypes", "the values are off by 1.2e+00 with float32 and uint8 targets")
class LossNegatesLabels(correct.Hinge):
    def evaluate(self, z, targets, losses, gradient, arrays):
        behind = -targets - 1  # of a byte: 255 − label
        super().evaluate(z, (-behind - 1) % z.shape[1] if behind[0] < 0 else behind % 3, losses,
                         gradient, arrays)  # fmt: skip


@caught_by("layouts", "the gradient are others, laid out as padded rows")
class LossWritesToACopy(correct.Huber):
    def evaluate(self, z, targets, losses, gradient, arrays):
        super().evaluate(z, targets, losses, None, arrays)
        if gradient is not None:
            flat = gradient.reshape(-1)
            flat[...] = np.clip(z - targets, -self.edge, self.edge).reshape(-1) / len(z)


@caught_by("no_growth", "calls of evaluate left")
class LossWithAHistory(correct.Huber):
    seen: ClassVar[list[float]] = []

    def evaluate(self, z, targets, losses, gradient, arrays):
        super().evaluate(z, targets, losses, gradient, arrays)
        self.seen.append(float(losses.sum()))


@caught_by("determinism", "a loss draws from the global generator (np.random.… or random.…)")
class LossIsRandom(correct.Huber):
    def evaluate(self, z, targets, losses, gradient, arrays):
        super().evaluate(z, targets, losses, gradient, arrays)
        losses += 1e-9 * np.random.random()


@caught_by("gradient", "the gradient for 1 × 4 outputs of ±2 is off by 2.9e-01 of its size")
class EdgeOfTheDefault(correct.Huber):
    def evaluate(self, z, targets, losses, gradient, arrays):
        super().evaluate(z, targets, losses, None, arrays)
        if gradient is not None:
            gradient[...] = np.clip(z - targets, -1, 1) / len(z)


@caught_by("gradient", "the gradient for 1 × 4 outputs of ±2 is off by 5.4e-01 of its size")
class SmoothingOfTheDefault(correct.Smoothed):
    def evaluate(self, z, targets, losses, gradient, arrays):
        super().evaluate(z, targets, losses, None, arrays)
        if gradient is not None:
            correct.Smoothed().evaluate(z, targets, losses.copy(), gradient, arrays)


@caught_by("gradient", "the gradient for 8 × 4 outputs of ±30 is off by 5.7e-01 of its size")
class CutsOffLargeErrors(correct.Huber):
    def evaluate(self, z, targets, losses, gradient, arrays):
        d = z - targets
        losses[...] = (d * d / 2).sum(axis=1)
        if gradient is not None:
            gradient[...] = np.clip(d, -20, 20) / len(z)


@caught_by("gradient", "the gradient for targets of ±2 is off by 1.0e+00 of its size")
class TakesTargetsForPositive(correct.Huber):
    def evaluate(self, z, targets, losses, gradient, arrays):
        d = z - targets
        losses[...] = (d * d / 2).sum(axis=1)
        if gradient is not None:
            gradient[...] = (z - np.abs(targets)) / len(z)


@caught_by("direction", "it takes them away: its descent and the targets agree by -1.00")
class RewardsErrors(correct.Smoothed):
    def evaluate(self, z, targets, losses, gradient, arrays):
        super().evaluate(z, targets, losses, gradient, arrays)
        losses *= -1
        if gradient is not None:
            gradient *= -1


@caught_by("direction", "it takes them away: its descent and the targets agree by -0.33")
class CountsLabelsFromOne(correct.Smoothed):
    def evaluate(self, z, targets, losses, gradient, arrays):
        super().evaluate(z, (targets.astype(int) + 1) % z.shape[1], losses, gradient, arrays)


@caught_by("direction", "it takes them away: its descent and the targets agree by -1.00")
class TurnsTargetsRound(correct.Huber):
    def evaluate(self, z, targets, losses, gradient, arrays):
        super().evaluate(z, 1 - targets, losses, gradient, arrays)


@caught_by("zeros", "32 of 32 numbers of gradient are not, for outputs that are perfect")
class RootOfTheError(correct.Huber):
    def evaluate(self, z, targets, losses, gradient, arrays):
        d = z - targets
        losses[...] = np.sqrt((d * d).sum(axis=1))
        if gradient is not None:
            gradient[...] = d / losses[:, None] / len(z)


@caught_by("zeros", "8 of 8 numbers of values are not, for outputs of 0")
class AngleToTheTarget(correct.Huber):
    """loss = 1 − cos(z, t)."""

    def evaluate(self, z, targets, losses, gradient, arrays):
        a, b = (np.linalg.norm(v, axis=1, keepdims=True) for v in (z, targets))
        cos = (z * targets).sum(axis=1, keepdims=True) / (a * b)
        losses[...] = 1 - cos[:, 0]
        if gradient is not None:
            gradient[...] = -(targets / b - cos * z / a) / a / len(z)


@caught_by("shapes", "for 3 samples and 11 outputs it raised IndexError")
class FourClassesOnly(correct.Smoothed):
    def evaluate(self, z, targets, losses, gradient, arrays):
        super().evaluate(z, targets, losses, gradient, arrays)
        losses *= np.ones(4)[targets]


@caught_by("fields_are_read", "whatever 'edge' says, it computes the same: 10 other values tried")
class EdgeOfItsOwn(correct.Huber):
    def evaluate(self, z, targets, losses, gradient, arrays):
        correct.Huber(edge=1.0).evaluate(z, targets, losses, gradient, arrays)


@caught_by("samples_alone", "sample 0 has the value 2.23081 alone, 8.92323 in a batch of 8")
class WeighsByTheBatch(correct.Smoothed):
    def evaluate(self, z, targets, losses, gradient, arrays):
        super().evaluate(z, targets, losses, gradient, arrays)
        share = len(z) / np.bincount(targets.astype(int), minlength=z.shape[1])[targets]
        losses *= share
        if gradient is not None:
            gradient *= share[:, None]


@caught_by("samples_alone", "samples in another order have other values")
class WeighsTheFirst(correct.Huber):
    whole_batch: ClassVar[bool] = True

    def evaluate(self, z, targets, losses, gradient, arrays):
        super().evaluate(z, targets, losses, gradient, arrays)
        losses[0] *= 2
        if gradient is not None:
            gradient[0] *= 2


@caught_by("meaning", "probabilities reach from -")
class GivesLogitsAsProbabilities(correct.Smoothed):
    def probabilities(self, z):
        return z


@caught_by("meaning", "probabilities has shape (1, 1) for 1 samples of 2 classes")
class GivesOneProbability(correct.OneLogit):
    def probabilities(self, z):
        return 1 / (1 + np.exp(-z))


@caught_by("meaning", "a row of probabilities sums to")
class GivesEachClassItsOwn(correct.Smoothed):
    def probabilities(self, z):
        return np.exp(-np.logaddexp(0, -z))


@caught_by("meaning", "decide gives numbers beyond 0 to 1")
class DecidesWithSigns(correct.OneLogit):
    def decide(self, z):
        return np.sign(z[:, 0]).astype(np.int64)


@caught_by("meaning", "decide is right for ", " of 8 samples whose outputs it has made right")
class ForgetsToDecide(correct.OneLogit):
    """The largest of one output is always the first."""

    def decide(self, z):
        return np.argmax(z, axis=1)


@caught_by("meaning", "decide gives shape (1, 8) for 1 samples, where targets have (1, 4)")
class DecidesTheVariancesToo(correct.MeanAndVariance):
    def decide(self, z):
        return z


@caught_by("meaning", "decide gives float64, where sets are integers")
class DecidesShares(correct.Sets):
    def decide(self, z):
        return self.probabilities(z)


@caught_by("shapes", "for 1 samples and 4 outputs it raised ValueError", "could not be broadcast")
class AsksForTooFewOutputs(correct.MeanAndVariance):
    def outputs(self, data):
        return data.outputs


@caught_by("weights", "the values are the same, whatever the weights")
class WeightsTakenAndDropped(correct.Huber):
    def evaluate(self, z, targets, losses, gradient, arrays, weights=None):
        super().evaluate(z, targets, losses, gradient, arrays)


@caught_by("weights", "the gradient of what is weighted is off by")
class WeightsInValuesAlone(correct.Huber):
    def evaluate(self, z, targets, losses, gradient, arrays, weights=None):
        super().evaluate(z, targets, losses, gradient, arrays)
        if weights is not None:
            losses *= weights


@caught_by("loss_expression", "expression gives other losses than evaluate")
class OtherExpression(correct.OneLogit):
    def expression(self, z, targets):
        return z.softplus().sum()


@caught_by("loss_expression", "decide_expression gives other numbers than decide")
class OtherDecision(correct.OneLogit):
    def decide_expression(self, z):
        return (z < 0).number().sum()


@caught_by("formula", "a gradient comes out otherwise by its formula than by `evaluate`")
class StatesTheSumOfTheBatch(correct.Huber):
    @staticmethod
    def formula(z, target, gradient, edge):
        total = 0.0
        for k in range(len(z)):
            d = z[k] - target[k]
            gradient[k] = np.clip(d, -edge, edge) / len(z)
            total = total + np.clip(d, -edge, edge) * (d - np.clip(d, -edge, edge) / 2)
        return total

    def evaluate(self, z, targets, losses, gradient, arrays):
        super().evaluate(z, targets, losses, gradient, arrays)


@caught_by("compiled_formula", "a value comes out otherwise compiled than in numpy")
class LooksAtTheTypeOfANumber(correct.Stated):
    @staticmethod
    def formula(z, target, gradient, mean):
        total, count = 0.0, 1 if mean is False else len(z)
        for k in range(len(z)):
            gradient[k] = 2 * (z[k] - target[k]) / count
            total = total + (z[k] - target[k]) ** 2 / count
        return total
