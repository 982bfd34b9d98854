"""Losses with one planted bug each, and the check that must find it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from framework import (
    Loss,
)
from tests.framework.testing.correct import losses
from tests.framework.testing.planted.mark import caught_by


@caught_by("gradient")
class LossWrongSign(losses.Huber):
    def evaluate(self, z, targets, values, gradient, own):
        super().evaluate(z, targets, values, gradient, own)
        if gradient is not None:
            gradient *= -1


@caught_by("gradient")
class LossNotDivided(losses.Huber):
    def evaluate(self, z, targets, values, gradient, own):
        super().evaluate(z, targets, values, gradient, own)
        if gradient is not None:
            gradient *= len(z)


@caught_by("gradient")
class LossDividedTwice(losses.Smoothed):
    def evaluate(self, z, targets, values, gradient, own):
        super().evaluate(z, targets, values, gradient, own)
        if gradient is not None:
            gradient /= len(z)


@caught_by("trains")
@caught_by("shapes")
class LossFillsTheFirst(losses.Huber):
    def evaluate(self, z, targets, values, gradient, own):
        super().evaluate(z, targets, values, gradient, own)
        if len(values) > 1:
            values[1:] = np.nan


@caught_by("samples_alone")
class LossGivesTheMean(losses.Huber):
    def evaluate(self, z, targets, values, gradient, own):
        super().evaluate(z, targets, values, gradient, own)
        values[...] = values.mean()


@caught_by("inference")
class LossNeedsAGradient(losses.Huber):
    def evaluate(self, z, targets, values, gradient, own):
        gradient[...] = 0
        super().evaluate(z, targets, values, gradient, own)


@caught_by("arguments_are_left_alone")
class LossShiftsItsOutputs(losses.Smoothed):
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
class LossNegatesLabels(losses.Hinge):
    def evaluate(self, z, targets, values, gradient, own):
        behind = -targets - 1  # of a byte: 255 − label
        super().evaluate(z, (-behind - 1) % z.shape[1] if behind[0] < 0 else behind % 3, values,
                         gradient, own)  # fmt: skip


@caught_by("layouts")
class LossWritesToACopy(losses.Huber):
    def evaluate(self, z, targets, values, gradient, own):
        super().evaluate(z, targets, values, None, own)
        if gradient is not None:
            flat = gradient.reshape(-1)
            flat[...] = np.clip(z - targets, -self.edge, self.edge).reshape(-1) / len(z)


@caught_by("no_growth")
class LossWithAHistory(losses.Huber):
    seen: ClassVar[list[float]] = []

    def evaluate(self, z, targets, values, gradient, own):
        super().evaluate(z, targets, values, gradient, own)
        self.seen.append(float(values.sum()))


@caught_by("determinism")
class LossIsRandom(losses.Huber):
    def evaluate(self, z, targets, values, gradient, own):
        super().evaluate(z, targets, values, gradient, own)
        values += 1e-9 * np.random.random()
