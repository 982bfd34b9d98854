"""Correct joins, as third parties write them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Join, positive


@dataclass(frozen=True)
class Gate(Join):
    """The first branch, weighted by the sigmoid of the second: for squeeze blocks."""

    steepness: float = positive(1.0, "of the sigmoid")

    def output_shape(self, inputs):
        if len(inputs) != 2 or inputs[0] != inputs[1]:
            raise ValueError(f"takes two branches of one shape, got {inputs}")
        return inputs[0]

    def scratch(self, xs, out):
        return {"gate": np.empty_like(out)}

    def forward(self, xs, out, arrays):
        x, z = xs
        arrays.gate[...] = 1 / (1 + np.exp(-self.steepness * z))
        np.multiply(x, arrays.gate, out=out)

    def input_gradients(self, xs, y, g, outs, arrays):
        np.multiply(g, arrays.gate, out=outs[0])
        return [outs[0], self.steepness * g * y * (1 - arrays.gate)]


@dataclass(frozen=True)
class StochasticDepth(Join):
    """Leaves the later branches of a sample out, half of the times in training."""

    def output_shape(self, inputs):
        if len(set(inputs)) != 1:
            raise ValueError(f"takes branches of one shape, got {inputs}")
        return inputs[0]

    def scratch(self, xs, out):
        return {"kept": np.empty((len(out),) + (1,) * (out.ndim - 1), out.dtype)}

    def forward(self, xs, out, arrays):
        arrays.kept[...] = 1
        if arrays.rng is not None:
            arrays.kept[...] = 2 * arrays.rng.integers(0, 2, arrays.kept.shape)
        out[...] = xs[0]
        for x in xs[1:]:
            out += arrays.kept * x

    def input_gradients(self, xs, y, g, outs, arrays):
        return [g, *(g * arrays.kept for _ in xs[1:])]
