"""Joins with one planted bug each, and the check that must find it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Join
from tests.framework.testing.planted.mark import caught_by


@dataclass(frozen=True)
class _Product(Join):
    def output_shape(self, inputs):
        if len(set(inputs)) != 1:
            raise ValueError(f"takes branches of one shape, got {inputs}")
        return inputs[0]

    def forward(self, xs, out, arrays):
        return np.prod(xs, axis=0)

    def input_gradients(self, xs, y, g, outs, arrays):
        return [
            g * np.prod([x for j, x in enumerate(xs) if j != i], axis=0) for i in range(len(xs))
        ]


@caught_by("shapes", "forward gave shape (1, 6), the samples' shape says (1, 12)")
class OtherShape(_Product):
    """Says that branches stand side by side."""

    def output_shape(self, inputs):
        super().output_shape(inputs)
        return (sum(shape[0] for shape in inputs), *inputs[0][1:])


@caught_by("input_gradients", "the gradient for input 1 of 2, of shape (3, 6) is off by")
class ItsOwn(_Product):
    """Multiplies by the input itself instead of the others."""

    def input_gradients(self, xs, y, g, outs, arrays):
        return [g * x for x in xs]


@caught_by("input_gradients", "input_gradients gave 2 arrays for 3 inputs")
class OnlyTwo(_Product):
    """Forgets that there may be three branches."""

    def input_gradients(self, xs, y, g, outs, arrays):
        return super().input_gradients(xs, y, g, outs, arrays)[:2]


@caught_by("outs_are_filled", "forward depends on what its array held before")
class AddsToWhatWasThere(_Product):
    """Accumulates into `out`."""

    def forward(self, xs, out, arrays):
        np.nan_to_num(out, copy=False)
        out += np.prod(xs, axis=0)


@caught_by("arguments_are_left_alone", "forward changed 'xs[0]'")
class OverItsInput(_Product):
    """Multiplies into the first branch's output."""

    def forward(self, xs, out, arrays):
        for x in xs[1:]:
            xs[0][...] *= x
        return xs[0]


@caught_by("dtypes", "forward gave float64, not float32")
class Wide(_Product):
    """Computes in float64."""

    def forward(self, xs, out, arrays):
        return np.prod(xs, axis=0, dtype=np.float64)


@caught_by("samples_alone", "a sample alone gives another output")
class OfTheBatch(_Product):
    """Centres the result over the batch."""

    def forward(self, xs, out, arrays):
        y = np.prod(xs, axis=0)
        return y - y.mean(axis=0)


@caught_by("adds", "its output is another one")
class Mean(_Product):
    """The mean of all branches, which says that it is their sum."""

    adds: ClassVar = True

    def forward(self, xs, out, arrays):
        return np.mean(xs, axis=0)

    def input_gradients(self, xs, y, g, outs, arrays):
        return [g / len(xs) for _ in xs]


_KEPT: list[np.ndarray] = []


@caught_by("no_growth", "forward and the way back")
class Hoards(_Product):
    """Keeps every output."""

    def forward(self, xs, out, arrays):
        _KEPT.append(np.prod(xs, axis=0))
        return _KEPT[-1]


_CALLS = [0]


@caught_by("trains", "two runs from the same seed ended with different bytes")
class Counts(_Product):
    """Adds a little more with every call."""

    def forward(self, xs, out, arrays):
        _CALLS[0] += 1
        return np.prod(xs, axis=0) + _CALLS[0] * 1e-4


@caught_by("join_expression", "expression gives other numbers")
class OtherExpression(_Product):
    """Says that it adds."""

    def expression(self, xs):
        return xs[0] + xs[1]
