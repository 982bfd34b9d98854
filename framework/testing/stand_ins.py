"""Small components that stand beside the one under test: a plugin, like any other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from framework.components.base import (
    REQUIRED,
    Array,
    Component,
    Shape,
    hyperparameter,
    non_negative,
    positive,
)
from framework.components.callback import Callback
from framework.components.dataset import Data, Dataset
from framework.components.initializer import Initializer
from framework.components.job import Job
from framework.components.layer import Arrays, Layer, Parameter
from framework.components.loss import Loss
from framework.components.metric import Metric
from framework.components.regularizer import Regularizer
from framework.components.schedule import Scalar, Schedule, value
from framework.components.split import Split
from framework.components.update_rule import UpdateRule
from framework.hooks import hookimpl
from framework.testing.stand_in_callbacks import Crash, Failure, Open, Shut, Watcher


@dataclass(frozen=True)
class ScaledTanh(Layer):
    """Y = s tanh(X), with a scale s for each feature: keeps shapes, has a parameter."""

    def parameters(self, inputs: Shape) -> Sequence[Parameter]:
        return (Parameter("scale", inputs, weight=False, initial=1.0),)

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.tanh(x, out=out)
        out *= arrays.scale
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        found: Array = g * arrays.scale * (1 - np.tanh(x) ** 2)
        return found

    def parameter_gradients(
        self, x: Array, y: Array, g: Array, gradients: Arrays, arrays: Arrays
    ) -> None:
        np.sum(g * np.tanh(x), axis=0, out=gradients.scale)


@dataclass(frozen=True)
class Affine(Layer):
    """Y = X W + b."""

    units: int = hyperparameter(REQUIRED, "outputs", at_least=1)

    def output_shape(self, inputs: Shape) -> Shape:
        if len(inputs) != 1:
            raise ValueError(f"takes flat samples (features,), got {inputs}")
        return (self.units,)

    def parameters(self, inputs: Shape) -> Sequence[Parameter]:
        return (
            Parameter("weights", (inputs[0], self.units)),
            Parameter("bias", (self.units,), weight=False),
        )

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        found: Array = x @ arrays.weights + arrays.bias
        return found

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        found: Array = g @ arrays.weights.T
        return found

    def parameter_gradients(
        self, x: Array, y: Array, g: Array, gradients: Arrays, arrays: Arrays
    ) -> None:
        gradients.weights[...] = x.T @ g
        gradients.bias[...] = g.sum(axis=0)


@dataclass(frozen=True)
class Flat(Layer):
    """Y = X, each sample in a line."""

    def output_shape(self, inputs: Shape) -> Shape:
        return (math.prod(inputs),)

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        return x.reshape(out.shape)

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        return g.reshape(x.shape)


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


@dataclass(frozen=True)
class Squares(Loss):
    """loss = Σ (z − t)² / 2."""

    targets: ClassVar[Literal["labels", "values"]] = "values"

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

    targets: ClassVar[Literal["labels", "values", "any"]] = "any"
    higher_is_better: ClassVar[bool] = False

    def start(self, outputs: int) -> Array:
        return np.zeros(2)

    def add(self, state: Array, z: Array, targets: Array, losses: Array) -> None:
        state += losses.sum(dtype=np.float64), len(losses)

    def result(self, state: Array) -> float:
        return float(state[0] / state[1])


@dataclass(frozen=True)
class Clouds(Dataset):
    """Points around three centres, labelled by the nearest; or with a smooth value each."""

    shape: tuple[int, ...] = hyperparameter((6,), "shape of a sample", at_least=1)
    targets: Literal["labels", "values"] = hyperparameter("labels", "what is to be learnt")
    classes: int = hyperparameter(3, "centres, or values of a row", at_least=1)

    def load(self, rng: np.random.Generator) -> Data:
        centres = rng.standard_normal((self.classes, *self.shape))
        splits = []
        for count in (50, 11, 11):
            labels = rng.integers(0, self.classes, count)
            points = centres[labels] + 0.5 * rng.standard_normal((count, *self.shape))
            flat = points.reshape(count, -1)
            columns = np.arange(self.classes) % flat.shape[1]
            smooth = 1 / (1 + np.exp(-flat[:, columns] - np.arange(self.classes) % 2))
            splits.append(Split(points, labels if self.targets == "labels" else smooth))
        classes = self.classes if self.targets == "labels" else None
        train, validation, test = splits
        return Data(train, validation, test, classes=classes, source="the conformance kit's points")


@dataclass(frozen=True)
class Examples(Dataset):
    """A layer's own examples, with labels."""

    layer: Layer = hyperparameter(ScaledTanh(), "the layer that gives them")
    number: int = hyperparameter(0, "which of them", at_least=0)

    def load(self, rng: np.random.Generator) -> Data:
        splits = []
        for count in (50, 11, 11):
            given = self._draw(rng, count)
            splits.append(Split(given.astype(np.float64), rng.integers(0, 3, count)))
        train, validation, test = splits
        return Data(train, validation, test, classes=3, source="the layer's examples")

    def _draw(self, rng: np.random.Generator, count: int) -> Array:
        given = list(self.layer.example_inputs(rng, count))
        shapes = ((6,), (5,))  # of a table that gives no examples
        return given[self.number] if given else rng.integers(0, 2, (count, *shapes[self.number]))


@dataclass(frozen=True)
class Nothing(Job):
    """Does nothing."""

    def run(self, invocation: Any) -> None:
        pass


STAND_INS: tuple[Component, ...] = (
    ScaledTanh(),
    Normal(),
    NoPenalty(),
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
    """Give a component of a kind, from its base class."""
    return next(one for one in STAND_INS if isinstance(one, base))


@hookimpl
def framework_layers() -> dict[str, type[Layer]]:
    return {
        "conformance_scaled_tanh": ScaledTanh,
        "conformance_affine": Affine,
        "conformance_flat": Flat,
    }


@hookimpl
def framework_initializers() -> dict[str, type[Initializer]]:
    return {"conformance_normal": Normal}


@hookimpl
def framework_regularizers() -> dict[str, type[Regularizer]]:
    return {"conformance_no_penalty": NoPenalty}


@hookimpl
def framework_update_rules() -> dict[str, type[UpdateRule]]:
    return {"conformance_descent": Descent}


@hookimpl
def framework_losses() -> dict[str, type[Loss]]:
    return {"conformance_cross_entropy": CrossEntropy, "conformance_squares": Squares}


@hookimpl
def framework_schedules() -> dict[str, type[Schedule]]:
    return {"conformance_ramp": Ramp}


@hookimpl
def framework_metrics() -> dict[str, type[Metric]]:
    return {"conformance_mean_loss": MeanLoss}


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
