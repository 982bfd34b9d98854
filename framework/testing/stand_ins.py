"""Small components that stand beside the one under test: a plugin, like any other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from framework.components.base import (
    Array,
    Component,
    Shape,
    non_negative,
    positive,
)
from framework.components.callback import Callback
from framework.components.constraint import Constraint
from framework.components.dataset import Dataset
from framework.components.initializer import Initializer
from framework.components.job import Job
from framework.components.join import Join
from framework.components.layer import Arrays, Layer
from framework.components.loss import Loss
from framework.components.metric import Metric
from framework.components.regularizer import Regularizer
from framework.components.schedule import Scalar, Schedule, value
from framework.components.targets import Targets
from framework.components.update_rule import UpdateRule
from framework.hooks import hookimpl
from framework.testing.stand_in_callbacks import Crash, Failure, Open, Shut, Watcher
from framework.testing.stand_in_data import Clouds, Examples
from framework.testing.stand_in_layers import Affine, Flat, ScaledTanh


@dataclass(frozen=True)
class Mean(Join):
    """y = Σ x / n."""

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        if len(set(inputs)) != 1:
            raise ValueError(f"takes branches of one shape, got {inputs}")
        return inputs[0]

    def forward(self, xs: Sequence[Array], out: Array, arrays: Arrays) -> Array:
        return np.asarray(sum(xs) / len(xs))

    def input_gradients(
        self, xs: Sequence[Array], y: Array, g: Array, outs: Sequence[Array], arrays: Arrays
    ) -> Sequence[Array]:
        return [g / len(xs) for _ in xs]


@dataclass(frozen=True)
class Normal(Initializer):
    """W ~ N(0, 0.09)."""

    def draw(self, rng: np.random.Generator, shape: Shape) -> Array:
        return 0.3 * rng.standard_normal(shape)


@dataclass(frozen=True)
class NoPenalty(Regularizer):
    """penalty = 0."""

    def penalty(self, w: Array, scratch: Array) -> float:
        return 0.0

    def add_gradient(self, w: Array, g: Array, scratch: Array) -> None:
        pass

    def l2_coefficient(self) -> float:
        return 0.0


@dataclass(frozen=True)
class Box(Constraint):
    """|W| ≤ 1."""

    def project(self, w: Array, scratch: Array) -> None:
        np.clip(w, -1, 1, out=w)


@dataclass(frozen=True)
class Descent(UpdateRule):
    """p ← p − η g."""

    learning_rate: Scalar = positive(0.1, "step size")

    def step(self, step: int, p: Array, g: Array, state: Sequence[Array], scratch: Array) -> None:
        np.multiply(g, value(self.learning_rate, step), out=scratch)
        p -= scratch


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """loss = −z_label + log Σ exp(z)."""

    def evaluate(
        self, z: Array, targets: Array, losses: Array, gradient: Array | None, arrays: Arrays
    ) -> None:
        rows = np.arange(len(z))
        shifted = z - z.max(axis=1, keepdims=True)
        total = np.exp(shifted).sum(axis=1)
        losses[...] = np.log(total) - shifted[rows, targets]
        if gradient is not None:
            gradient[...] = np.exp(shifted) / total[:, None]
            gradient[rows, targets] -= 1
            gradient /= len(z)

    def probabilities(self, z: Array) -> Array:
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return np.asarray(e / e.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class Memberships(Loss):
    """loss = Σ log(1 + exp(z)) − t z."""

    targets: ClassVar[Targets] = "sets"

    def evaluate(
        self, z: Array, targets: Array, losses: Array, gradient: Array | None, arrays: Arrays
    ) -> None:
        np.sum(np.logaddexp(0, z) - targets * z, axis=1, out=losses)
        if gradient is not None:
            gradient[...] = (self.probabilities(z) - targets) / len(z)

    def probabilities(self, z: Array) -> Array:
        return np.asarray(np.exp(z - np.logaddexp(0, z)))


@dataclass(frozen=True)
class Squares(Loss):
    """loss = Σ (z − t)² / 2."""

    targets: ClassVar[Targets] = "values"

    def evaluate(
        self, z: Array, targets: Array, losses: Array, gradient: Array | None, arrays: Arrays
    ) -> None:
        np.sum((z - targets) ** 2, axis=1, out=losses)
        losses /= 2
        if gradient is not None:
            gradient[...] = (z - targets) / len(z)


@dataclass(frozen=True)
class Ramp(Schedule):
    """s(t) = first · (1 − t / 16) until it has halved: another value every step."""

    first: float = non_negative(0.1, "value at the first step")
    steepness: float = non_negative(1 / 16, "share that is lost a step, 8 times")

    def at(self, step: int) -> float:
        return self.first * (1 - self.steepness * min(step, 8))


@dataclass(frozen=True)
class MeanLoss(Metric):
    """The loss averaged over all samples."""

    targets: ClassVar[Literal["any"]] = "any"
    higher_is_better: ClassVar[bool] = False

    def start(self, outputs: int, rows: int) -> Array:
        return np.zeros(2)

    def add(self, state: Array, z: Array, targets: Array, losses: Array) -> None:
        state += losses.sum(dtype=np.float64), len(losses)

    def result(self, state: Array) -> float:
        return float(state[0] / state[1])


@dataclass(frozen=True)
class Stuck(MeanLoss):
    """A figure that stays where it is."""

    def result(self, state: Array) -> float:
        return 1.0


@dataclass(frozen=True)
class Nothing(Job):
    """Does nothing."""

    def run(self, invocation: Any) -> None:
        pass


STAND_INS: tuple[Component, ...] = (
    ScaledTanh(),
    Mean(),
    Normal(),
    NoPenalty(),
    Box(),
    Descent(),
    CrossEntropy(),
    Ramp(),
    MeanLoss(),
    Clouds(),
    Watcher(),
    Nothing(),
)
"""One for each kind: what a field that wants a component of that kind is given."""


def stand_in(base: type[Component]) -> Component:
    """Return a component of a kind, from its base class."""
    return next(component for component in STAND_INS if isinstance(component, base))


@hookimpl
def framework_layers() -> dict[str, type[Layer]]:
    return {
        "conformance_scaled_tanh": ScaledTanh,
        "conformance_affine": Affine,
        "conformance_flat": Flat,
    }


@hookimpl
def framework_joins() -> dict[str, type[Join]]:
    return {"conformance_mean": Mean}


@hookimpl
def framework_initializers() -> dict[str, type[Initializer]]:
    return {"conformance_normal": Normal}


@hookimpl
def framework_regularizers() -> dict[str, type[Regularizer]]:
    return {"conformance_no_penalty": NoPenalty}


@hookimpl
def framework_constraints() -> dict[str, type[Constraint]]:
    return {"conformance_box": Box}


@hookimpl
def framework_update_rules() -> dict[str, type[UpdateRule]]:
    return {"conformance_descent": Descent}


@hookimpl
def framework_losses() -> dict[str, type[Loss]]:
    return {
        "conformance_cross_entropy": CrossEntropy,
        "conformance_memberships": Memberships,
        "conformance_squares": Squares,
    }


@hookimpl
def framework_schedules() -> dict[str, type[Schedule]]:
    return {"conformance_ramp": Ramp}


@hookimpl
def framework_metrics() -> dict[str, type[Metric]]:
    return {"conformance_mean_loss": MeanLoss, "conformance_stuck": Stuck}


@hookimpl
def framework_datasets() -> dict[str, type[Dataset]]:
    return {"conformance_clouds": Clouds, "conformance_examples": Examples}


@hookimpl
def framework_callbacks() -> dict[str, type[Callback]]:
    return {
        "conformance_watcher": Watcher,
        "conformance_failure": Failure,
        "conformance_crash": Crash,
        "conformance_shut": Shut,
        "conformance_open": Open,
    }


@hookimpl
def framework_jobs() -> dict[str, type[Job]]:
    return {"conformance_nothing": Nothing}
