"""Components that use a schedule at the wrong step, or not at all."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from framework import value
from tests.framework.testing.correct import layers, regularizers, scalars
from tests.framework.testing.planted.mark import caught_by


@caught_by("schedules", "the output in training at step 1 is not what the number", "gives")
class SlopeOfTheFirstStep(scalars.Hardening):
    def forward(self, x, out, arrays):
        return np.where(x > 0, x, value(self.slope, 0) * x)

    def input_gradient(self, x, y, g, out, arrays):
        return np.where(x > 0, g, value(self.slope, 0) * g)


@caught_by("schedules", "the input gradient in training at step 1 is not what the number 0.84375")
class SlopeOfTheFirstStepBack(scalars.Hardening):
    def input_gradient(self, x, y, g, out, arrays):
        return np.where(x > 0, g, value(self.slope, 0) * g)


@caught_by("schedules", "the output in inference at step 1 is not what the number")
class ForgetsTheStepInInference(scalars.Hardening):
    def forward(self, x, out, arrays):
        step = arrays.step if arrays.rng is not None else 0
        return np.where(x > 0, x, value(self.slope, step) * x)


@caught_by("schedules", "with a schedule for slope it raised TypeError: ")
class ScalarTakenForANumber(scalars.Hardening):
    def forward(self, x, out, arrays):
        return np.where(x > 0, x, self.slope * x)


@caught_by("inside", "the layer in 'layers' is at step 0 for ever")
class KeepsTheStepToItself(layers.Chain):
    def _part(self, arrays, i, inputs):
        part = super()._part(arrays, i, inputs)
        part.step = 0
        return part


@caught_by("schedules", "the values at step 1 is not what the number")
class SmoothedOnce(scalars.Softening):
    def evaluate(self, z, targets, losses, gradient, arrays):
        arrays = type(arrays)(step=0)
        super().evaluate(z, targets, losses, gradient, arrays)


@caught_by("schedules", "the penalty at step 1 is not what the number")
class KeepsItsLastStrength(regularizers.ElasticNet):
    strengths: ClassVar[list[float]] = []

    def penalty(self, w, scratch):
        self.strengths.append(self.absolute)
        return float(self.strengths[-2:][0] * np.abs(w).sum() + self.square * (w * w).sum())


@caught_by("schedules", "the output in training at step 1 is not what the number")
class FadesNever(scalars.Fading):
    def forward(self, x, out, arrays):
        if arrays.rng is None:
            return x
        return x + value(self.size, 0) * arrays.rng.standard_normal(x.shape)
