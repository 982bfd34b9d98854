"""Correct components whose numbers may be schedules, as third parties write them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Layer, Loss, Regularizer, Scalar, Transform, fraction, non_negative, value


@dataclass(frozen=True)
class Hardening(Layer):
    """Y = X where X > 0, else s X, s as it is at the step."""

    slope: Scalar = fraction(0.9, "slope below 0")

    def forward(self, x, out, arrays):
        return np.where(x > 0, x, value(self.slope, arrays.step) * x)

    def input_gradient(self, x, y, g, out, arrays):
        return np.where(x > 0, g, value(self.slope, arrays.step) * g)


@dataclass(frozen=True)
class CountsSteps(Layer):
    """Y = 2 X; it has an array of its own that is called 'step', as plugins had before."""

    def state(self, inputs):
        return {"step": np.zeros(1)}

    def forward(self, x, out, arrays):
        if arrays.rng is not None:
            arrays.step += 1
        return 2 * x

    def input_gradient(self, x, y, g, out, arrays):
        return 2 * g


@dataclass(frozen=True)
class Softening(Loss):
    """Cross-entropy with labels smoothed as they are at the step."""

    smoothing: Scalar = fraction(0.1, "share given to all classes alike")

    def evaluate(self, z, targets, losses, gradient, arrays):
        share = value(self.smoothing, arrays.step)
        goal = np.full_like(z, share / z.shape[1])
        goal[np.arange(len(z)), targets] += 1 - share
        shifted = z - z.max(axis=1, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        losses[...] = -(goal * logs).sum(axis=1)
        if gradient is not None:
            gradient[...] = (np.exp(logs) - goal) / len(z)


@dataclass(frozen=True)
class Between(Regularizer):
    """penalty = a Σ W² + b Σ W⁴; it holds its numbers against each other."""

    square: float = non_negative(0.1, "a")
    fourth: float = non_negative(0.0, "b, no more than a")

    def __post_init__(self):
        if self.fourth > self.square:
            raise ValueError("fourth: expected no more than square")

    def penalty(self, w, scratch):
        return float(self.square * (w**2).sum() + self.fourth * (w**4).sum())

    def add_gradient(self, w, g, scratch):
        g += 2 * self.square * w + 4 * self.fourth * w**3


@dataclass(frozen=True)
class Fading(Transform):
    """Y = X + s ε in training, s as it is at the step."""

    size: Scalar = non_negative(0.2, "s")

    def forward(self, x, out, arrays):
        if arrays.rng is None:
            return x
        return x + value(self.size, arrays.step) * arrays.rng.standard_normal(x.shape)
