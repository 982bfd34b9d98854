"""Correct update rules, as third parties write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    REQUIRED,
    Scalar,
    Scope,
    Slot,
    UpdateRule,
    Wrapper,
    elementwise,
    fraction,
    hyperparameter,
    non_negative,
    positive,
    value,
)


@dataclass(frozen=True)
class Momentum(UpdateRule):
    """v ← m v + g; p ← p − η v, or with Nesterov's look ahead."""

    learning_rate: Scalar = positive(0.05, "step size")
    momentum: Scalar = fraction(0.9, "share of the old velocity that is kept")
    nesterov: bool = hyperparameter(False, "look one step ahead")
    state: ClassVar[tuple[str, ...]] = ("velocity",)

    def step(self, step, p, g, state, scratch):
        (v,) = state
        m, rate = value(self.momentum, step), value(self.learning_rate, step)
        v *= m
        v += g
        p -= rate * (g + m * v) if self.nesterov else rate * v


@dataclass(frozen=True)
class Adam(UpdateRule):
    """Kingma and Ba, 2015, with decoupled decay."""

    learning_rate: Scalar = positive(1e-3, "step size")
    first: float = fraction(0.9, "share of the old mean that is kept")
    second: float = fraction(0.999, "share of the old mean square that is kept")
    epsilon: float = positive(1e-8, "added to the root")
    decay: float = non_negative(0.0, "decay of the parameters")
    state: ClassVar[tuple[str, ...]] = ("mean", "mean_square")

    def step(self, step, p, g, state, scratch):
        m, v = state
        m += (1 - self.first) * (g - m)
        v += (1 - self.second) * (g * g - v)
        np.sqrt(v / (1 - self.second ** (step + 1)), out=scratch)
        scratch += self.epsilon
        rate = value(self.learning_rate, step)
        p -= rate * self.decay * p
        p -= rate * (m / (1 - self.first ** (step + 1))) / scratch


@dataclass(frozen=True)
class Lion(UpdateRule):
    """Chen et al., 2023."""

    learning_rate: Scalar = positive(1e-3, "step size")
    state: ClassVar[tuple[str, ...]] = ("mean",)

    def step(self, step, p, g, state, scratch):
        (m,) = state
        p -= value(self.learning_rate, step) * np.sign(0.9 * m + 0.1 * g)
        m *= 0.99
        m += 0.01 * g


@dataclass(frozen=True)
class AdaDelta(UpdateRule):
    """Zeiler, 2012: two states, no learning rate."""

    decay: float = fraction(0.95, "share of the old averages that is kept")
    epsilon: float = positive(1e-6, "added to the roots")
    state: ClassVar[tuple[str, ...]] = ("mean_square", "mean_square_step")

    def step(self, step, p, g, state, scratch):
        v, u = state
        v *= self.decay
        v += (1 - self.decay) * g * g
        delta = np.sqrt((u + self.epsilon) / (v + self.epsilon)) * g
        u *= self.decay
        u += (1 - self.decay) * delta * delta
        p -= delta


@dataclass(frozen=True)
class Clipped(UpdateRule):
    """p ← p − η g min(1, c / ‖g‖), over all parameters at once."""

    learning_rate: Scalar = positive(0.1, "step size")
    largest: float = positive(1.0, "largest norm c")
    elementwise: ClassVar[bool] = False

    def step(self, step, p, g, state, scratch):
        norm = float(np.linalg.norm(g))
        p -= value(self.learning_rate, step) * min(1.0, self.largest / (norm + 1e-30)) * g


@dataclass(frozen=True)
class Decayed(UpdateRule):
    """Another rule, with the parameters decayed before each of its steps."""

    inner: UpdateRule = hyperparameter(REQUIRED, "the rule inside")
    decay: Scalar = non_negative(0.01, "decay of the parameters")

    @property
    def state(self):  # type: ignore[override]
        return self.inner.state

    def step(self, step, p, g, state, scratch):
        p *= 1 - value(self.decay, step)
        self.inner.step(step, p, g, state, scratch)


@dataclass(frozen=True)
class CurvatureScaled(UpdateRule):
    """A diagonal quasi-Newton rule: steps over the running mean change of the gradient."""

    learning_rate: Scalar = positive(0.05, "step size")
    state: ClassVar[tuple[str, ...]] = ("last", "curvature")

    def step(self, step, p, g, state, scratch):
        last, curvature = state
        curvature *= 0.9
        curvature += 0.1 * np.abs(g - last)
        last[...] = g
        p -= value(self.learning_rate, step) * g / np.maximum(curvature, 1.0)


@dataclass(frozen=True)
class NAdam(UpdateRule):
    """Dozat, 2016: Adam whose momentum is taken one step ahead; it may be a schedule."""

    learning_rate: Scalar = positive(2e-3, "step size")
    momentum: Scalar = fraction(0.9, "share of the old mean that is kept")
    second: float = fraction(0.999, "share of the old mean square that is kept")
    state: ClassVar[tuple[str, ...]] = ("mean", "mean_square", "product")
    looks_ahead: ClassVar[tuple[str, ...]] = ("momentum",)

    def step(self, step, p, g, state, scratch):
        m, v, u = state  # u is 1 − Π μ, so that it may start at 0
        now, following = value(self.momentum, step), value(self.momentum, step + 1)
        u[...] = 1 - (1 - u) * now
        m += (1 - now) * (g - m)
        v += (1 - self.second) * (g * g - v)
        ahead = following * m / (1 - (1 - u) * following) + (1 - now) * g / u
        root = np.sqrt(v / (1 - self.second ** (step + 1))) + 1e-8
        p -= value(self.learning_rate, step) * ahead / root


@dataclass(frozen=True)
class Interpolated(UpdateRule):
    """p ← p − (η(t) + η(t + 1)) / 2 · g: the rate over the whole of the step."""

    learning_rate: Scalar = positive(0.1, "step size")
    looks_ahead: ClassVar[tuple[str, ...]] = ("learning_rate",)

    def step(self, step, p, g, state, scratch):
        rate = (value(self.learning_rate, step) + value(self.learning_rate, step + 1)) / 2
        p -= rate * g


@dataclass(frozen=True)
class Largest(UpdateRule):
    """AMSGrad by a switch: its last state is written only when it is on."""

    learning_rate: Scalar = positive(1e-3, "step size")
    keep_largest: bool = hyperparameter(False, "divide by the largest mean square so far")
    state: ClassVar[tuple[str, ...]] = ("mean_square", "largest")

    def step(self, step, p, g, state, scratch):
        v, largest = state
        v += 0.01 * (g * g - v)
        if self.keep_largest:
            np.maximum(largest, v, out=largest)
        p -= (
            value(self.learning_rate, step)
            * g
            / (np.sqrt(largest if self.keep_largest else v) + 1e-8)
        )


@dataclass(frozen=True)
class Factored(UpdateRule):
    """Adafactor's second moment: a number for each row, one for each column."""

    learning_rate: Scalar = positive(0.01, "step size")
    scope: ClassVar[Scope] = "parameter"

    def slots(self):
        return {"rows": Slot("rows"), "columns": Slot("columns"), "count": Slot("scalar")}

    def step(self, step, p, g, state, scratch):
        if state.parameter.role == "weight":
            state.rows += 0.1 * (np.mean(g * g, axis=-1) - state.rows)
            state.columns += 0.1 * (np.mean(g * g, axis=-2) - state.columns)
        state.count += 1
        if state.parameter.role == "weight":
            mean = np.mean(state.rows) + 1e-30
            scratch[...] = np.multiply.outer(state.rows, state.columns) / mean
            g /= np.sqrt(scratch / (1 - 0.9 ** float(state.count))) + 1e-8
        p -= value(self.learning_rate, step) * g


def follow_in_place(mean, p, *, scratch, share):
    np.subtract(p, mean, out=scratch)
    scratch *= share
    mean += scratch


@elementwise("mean", in_place=follow_in_place)
def follow(mean, p, *, share):
    return mean + share * (p - mean)


@dataclass(frozen=True)
class Averaged(Wrapper):
    """The mean of what another rule makes, which is evaluated."""

    follow = follow

    evaluated: ClassVar[str] = "mean"

    def own_slots(self):
        return {"mean": Slot(first="parameter"), "count": Slot("scalar")}

    own_scope: ClassVar[Scope] = "parameter"

    def step(self, step, p, g, state, scratch):
        self.inner.step(step, p, g, state.of("inner"), scratch)
        state.count += 1
        self.follow(state.mean, p, share=1 / float(state.count), scratch=scratch)


@dataclass(frozen=True)
class Stated(UpdateRule):
    """Momentum, stated as a formula and no more."""

    learning_rate: Scalar = positive(0.05, "step size")
    momentum: Scalar = fraction(0.9, "share of the old velocity that is kept")
    nesterov: bool = hyperparameter(False, "look one step ahead")
    state: ClassVar[tuple[str, ...]] = ("velocity",)

    @staticmethod
    def formula(p, g, velocity, learning_rate, momentum, nesterov):
        velocity = momentum * velocity + g
        return p - learning_rate * (g + momentum * velocity if nesterov else velocity), velocity
