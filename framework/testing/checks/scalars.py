"""Numbers of components that may be schedules: formulas use them at the step that it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np

from framework.components.base import Array, Component
from framework.components.constraint import Constraint
from framework.components.field_type import fields_of
from framework.components.layer import Arrays, Layer
from framework.components.loss import Loss
from framework.components.regularizer import Regularizer
from framework.components.schedule import Schedule, at_step, value
from framework.components.transform import Transform
from framework.testing.assertions import close, normal
from framework.testing.bound_layer import BoundLayer, inputs, samples
from framework.testing.check import Check, expect, promise
from framework.testing.example_batches import evaluate, outputs, targets
from framework.testing.example_values import scalar_fields
from framework.testing.stand_ins import Ramp

_EXACT = 1e-12
_STEPS = (0, 1, 5)
C = TypeVar("C", bound=Component)


def _of_layer(layer: Layer) -> None:
    def results(layer: Layer, step: int) -> dict[str, Array]:
        computed: dict[str, Array] = {}
        for training in (True, False):
            where = "training" if training else "inference"
            bound = BoundLayer(layer, x, training=training, step=step)
            if isinstance(layer, Transform):
                computed[f"output in {where}"] = bound.forward().copy()
                continue
            for name, array in bound.everything(normal(bound.out.shape, 1)).items():
                computed[f"{name} in {where}"] = array
        return computed

    for name, changing in _changing(layer, scalar_fields(type(layer))):
        x = inputs(layer, samples(layer)[0], 6, 3)
        _expect_present(name, changing, results)


@dataclasses.dataclass(frozen=True)
class _Timed(Layer):
    """Another function at each step."""

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        return np.asarray(x + arrays.step * (1 + x * x))

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        return np.asarray(g * (1 + 2 * arrays.step * x))


@promise("layers inside it know the step: what they are handed has arrays.step, as arrays.rng.")
def inside(layer: Layer) -> None:
    for field in dataclasses.fields(layer):
        held = getattr(layer, field.name)
        if isinstance(held, Layer):
            timed: object = _Timed()
        elif isinstance(held, tuple) and any(isinstance(item, Layer) for item in held):
            timed = tuple(_Timed() if isinstance(item, Layer) else item for item in held)
        else:
            continue
        outputs = _at_steps(layer, **{field.name: timed})
        expect(
            not outputs or not close(outputs[0], outputs[1], _EXACT),
            f"the layer in '{field.name}' is at step 0 for ever: give the Arrays it is handed"
            " step=arrays.step",
        )


def _at_steps(layer: Layer, **changes: object) -> list[Array]:
    """Return what a changed layer computes at two steps; nothing where it cannot be changed so."""
    try:
        other = dataclasses.replace(layer, **changes)
        x = inputs(other, samples(other)[0], 6, 3)
        return [BoundLayer(other, x, step=step).forward().copy() for step in (0, 4)]
    except Exception:  # it takes layers of another kind
        return []


def _of_loss(loss: Loss) -> None:
    z, t = outputs(loss, 8), targets(loss, 8)

    def results(loss: Loss, step: int) -> dict[str, Array]:
        arrays = Arrays(**loss.scratch(z))
        arrays._clock = np.array([step], np.int64)
        return dict(zip(("values", "gradient"), evaluate(loss, z, t, arrays=arrays), strict=True))

    for name, changing in _changing(loss, scalar_fields(type(loss))):
        _expect_present(name, changing, results)


def _of_regularizer(regularizer: Regularizer) -> None:
    w = normal((5, 4), 1)

    def results(regularizer: Regularizer, step: int) -> dict[str, Array]:
        present, g = at_step(regularizer, step), np.zeros_like(w)
        penalty = present.penalty(w, np.empty_like(w))
        present.add_gradient(w, g, np.empty_like(w))
        return {"penalty": np.array([penalty]), "gradient": g}

    numbers = [f.name for f in fields_of(type(regularizer)) if f.type.hint is float]
    for name, changing in _changing(regularizer, numbers):
        _expect_present(name, changing, results)


def _of_constraint(constraint: Constraint) -> None:
    def results(constraint: Constraint, step: int) -> dict[str, Array]:
        w = 3 * normal((5, 4), 1)
        at_step(constraint, step).project(w, np.empty_like(w))
        return {"projected weights": w}

    numbers = [f.name for f in fields_of(type(constraint)) if f.type.hint is float]
    for name, changing in _changing(constraint, numbers):
        _expect_present(name, changing, results)


def _changing(component: C, names: list[str]) -> Iterator[tuple[str, C]]:
    """Yield a component with each of some numbers a schedule: one that says it cannot is spared."""
    for name in names:
        now = value(getattr(component, name), 0)
        try:
            yield name, dataclasses.replace(component, **{name: Ramp(first=float(now) or 0.1)})
        except (TypeError, ValueError):
            continue


def _expect_present(name: str, changing: C, results: Callable[[C, int], dict[str, Array]]) -> None:
    ramp: Schedule = getattr(changing, name)
    for step in _STEPS:
        number = ramp.at(step)
        fixed = dataclasses.replace(changing, **{name: number})
        wanted = results(fixed, step)
        try:
            given = results(changing, step)
        except TypeError as error:
            expect(False, f"with a schedule for {name} it raised TypeError: {error}")
        for what, array in given.items():
            expect(
                close(array, wanted[what], _EXACT),
                f"with {name}={ramp!r}, the {what} at step {step} is not what the number"
                f" {number:g}, its value at that step, gives",
            )


LAYER = Check(
    "schedules",
    "a `Scalar` may be a schedule: formulas use its value at the step, value(…, arrays.step).",
    _of_layer,
)
LOSS = Check("schedules", LAYER.promise, _of_loss)
REGULARIZER = Check(
    "schedules",
    "any of its numbers may be a schedule: formulas see the number of the step, and keep none.",
    _of_regularizer,
)
CONSTRAINT = Check("schedules", REGULARIZER.promise, _of_constraint)
