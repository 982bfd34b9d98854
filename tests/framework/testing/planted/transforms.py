"""Transforms with one planted bug each, and the check that must find it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Transform
from tests.framework.testing.planted.mark import caught_by


@dataclass(frozen=True)
class _Centred(Transform):
    def state(self, inputs):
        return {"mean": np.zeros(inputs)}

    def fit(self, samples):
        rows = np.concatenate(list(samples))
        return {"mean": rows.mean(axis=0)}

    def forward(self, x, out, arrays):
        return x - arrays.mean


@caught_by("fit", "fit gave ['means'] for samples", "state declares ['mean']")
class OtherName(_Centred):
    """Fits an array that it does not declare."""

    def fit(self, samples):
        return {"means": super().fit(samples)["mean"]}


@caught_by("fit", "fit gave 'mean' of shape (), state declares")
class OtherShape(_Centred):
    """One mean for all features."""

    def fit(self, samples):
        return {"mean": super().fit(samples)["mean"].mean()}


@caught_by("fit", "fit gave 'mean' with numbers that are not finite")
class DividesByNothing(_Centred):
    """Divides by a deviation of 0."""

    def fit(self, samples):
        return {"mean": super().fit(samples)["mean"] * np.inf}


@caught_by("blocks", "fit gave another 'mean' for the same rows in blocks of 1")
class LastBlockOnly(_Centred):
    """Forgets the blocks before."""

    def fit(self, samples):
        for block in samples:
            mean = block.mean(axis=0)
        return {"mean": mean}


@caught_by("blocks", "fit draws from the global generator")
class FitsASample(_Centred):
    """Looks at rows of its own choice."""

    def fit(self, samples):
        rows = np.concatenate(list(samples))
        return {"mean": rows[np.random.permutation(len(rows))].mean(axis=0)}


@caught_by("shapes", "forward changed 'x'")
class InPlace(_Centred):
    """Writes over its input."""

    def forward(self, x, out, arrays):
        x -= arrays.mean
        return x


@caught_by("inference", "a sample alone gave other outputs")
class OfTheBatch(_Centred):
    """Takes the mean of the batch."""

    def forward(self, x, out, arrays):
        return x - x.mean(axis=0)


@caught_by("inference", "forward changed 'mean' in inference")
class FollowsWhatItSees(_Centred):
    """A running mean that never stops."""

    def forward(self, x, out, arrays):
        y = x - arrays.mean
        arrays.mean += 0.1 * x.mean(axis=0)
        return y


@caught_by(
    "input_gradient", "the gradient for an input of shape (3, 6)", ": 0.5 times what it should be"
)
class ForgetsItsFactor(_Centred):
    """The way back of a change that it does not make."""

    def forward(self, x, out, arrays):
        return 2 * (x - arrays.mean)

    def input_gradient(self, x, y, g, out, arrays):
        return g


@caught_by("missing", "where inputs are missing, fit gave 'mean' that is not finite")
class TakesTheMeanOfNothing(_Centred):
    """Says that it takes missing values."""

    takes_missing: ClassVar[bool] = True


@caught_by("missing", "missing values of other samples change the outputs of a sample")
class ShiftsAllWhereSomeAreMissing(_Centred):
    takes_missing: ClassVar[bool] = True

    def fit(self, samples):
        return {"mean": np.nanmean(np.concatenate(list(samples)), axis=0)}

    def forward(self, x, out, arrays):
        return np.nan_to_num(x) - arrays.mean + np.isnan(x).any()


@caught_by("randomness", "forward draws from the global generator")
class OwnNoise(_Centred):
    """Its noise is nobody's."""

    def forward(self, x, out, arrays):
        if arrays.rng is None:
            return x
        return x + np.random.standard_normal(x.shape)


@caught_by("trains", "two runs from the same seed ended with different bytes")
class CountsItself(_Centred):
    """What it does depends on how often it was called."""

    calls: ClassVar[list[int]] = []

    def forward(self, x, out, arrays):
        self.calls.append(1)
        return x * (1 + len(self.calls) % 1009 / 1009)


@caught_by("layer_expression", "expression gives other numbers for samples")
class OtherExpression(_Centred):
    """Divides in its expression."""

    def expression(self, x, arrays, inputs):
        return (x - arrays.mean) / 2
