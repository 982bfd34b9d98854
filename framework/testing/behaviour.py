"""What a component computes, as arrays: to see whether a field changes it, and whether it is whole.

Datasets, callbacks and jobs compute nothing that could be seen here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from framework.components.base import Array, Component
from framework.components.constraint import Constraint
from framework.components.figure_schedule import FigureSchedule
from framework.components.initializer import Initializer
from framework.components.join import Join
from framework.components.layer import Layer
from framework.components.loss import Loss
from framework.components.metric import Metric
from framework.components.regularizer import Regularizer
from framework.components.schedule import Schedule
from framework.components.transform import Transform
from framework.components.update_rule import UpdateRule
from framework.testing import bound_layer, example_batches, example_figures
from framework.testing.assertions import normal
from framework.testing.bound_join import checked_joins
from framework.testing.rule_steps import RuleSteps, drawn

LATE = (1, 7, 30, 100, 1_000, 30_000, 1_000_000)
_SEEDS = range(60)
_SIZES = (0.3, 2.0, 30.0)


def behaviour(component: Component) -> Mapping[str, Array] | None:
    """Return what a component computes for some inputs, by name; None where that says nothing."""
    for base, compute in _OF_KIND.items():
        if isinstance(component, base):
            arrays: Mapping[str, Array] = compute(component)
            return arrays
    return None


def _layer(layer: Layer) -> dict[str, Array]:
    computed = {}
    for shape in bound_layer.samples(layer)[:2]:
        x = bound_layer.inputs(layer, shape, 6, 3)
        if bound_layer.inputs_of(layer) == "normal":
            x[:2], x[2:4] = 6 * x[:2], 40 * x[2:4]
        both = bound_layer.BoundLayer(layer, x)
        for name, array in both.everything(normal(both.out.shape, 1)).items():
            computed[f"{name} for samples {shape}"] = array
        computed |= {f"state '{name}'": array.copy() for name, array in both.state.items()}
        losses = np.zeros(len(x))
        layer.added_loss(both.out, losses, None, both.arrays)
        computed[f"added loss for samples {shape}"] = losses
        for name, value in layer.adapt(3 * x + 1).items():
            computed[f"adapted '{name}' for samples {shape}"] = np.asarray(value)
        still = bound_layer.BoundLayer(layer, x, training=False, state=dict(both.state))
        computed[f"output in inference for samples {shape}"] = still.forward().copy()
    if bound_layer.is_random(layer, shape):
        for both.seed in _SEEDS:
            computed[f"output from seed {both.seed}"] = both.forward().copy()
    return computed


def _transform(transform: Transform) -> dict[str, Array]:
    computed: dict[str, Array] = {}
    for shape in bound_layer.samples(transform)[:2]:
        x = bound_layer.inputs(transform, shape, 6, 3)
        fitted = {name: np.asarray(value) for name, value in transform.fit([x]).items()}
        computed |= {f"'{name}' for samples {shape}": value for name, value in fitted.items()}
        for training in (True, False):
            bound = bound_layer.BoundLayer(transform, x, training=training, state=fitted)
            where = "training" if training else "inference"
            computed[f"output in {where} for samples {shape}"] = bound.forward().copy()
    return computed


def _join(join: Join) -> dict[str, Array]:
    computed = {}
    for bound in checked_joins(join):
        y = bound.forward().copy()
        shape = f"for branches of shape {[x.shape[1:] for x in bound.xs]}"
        computed[f"output {shape}"] = y
        for i, gradient in enumerate(bound.back(y, normal(y.shape, 1))):
            computed[f"gradient {i + 1} {shape}"] = gradient.copy()
    return computed


def _initializer(initializer: Initializer) -> dict[str, Array]:
    shapes = ((40, 30), (7,), (3, 3, 4, 8))
    return {
        f"array of shape {s}": initializer.draw(np.random.default_rng(1), s).copy() for s in shapes
    }


def _regularizer(regularizer: Regularizer) -> dict[str, Array]:
    computed = {}
    for size in _SIZES:
        w = size * normal((5, 4), 1)
        g = np.zeros_like(w)
        computed[f"penalty for weights of size {size:g}"] = np.array(
            [regularizer.penalty(w, np.empty_like(w))]
        )
        regularizer.add_gradient(w, g, np.empty_like(w))
        computed[f"gradient for weights of size {size:g}"] = g
    return computed


def _constraint(constraint: Constraint) -> dict[str, Array]:
    computed = {}
    for shape in ((5, 4), (7,), (2, 3, 4)):
        for size in _SIZES:
            w = size * normal(shape, 1)
            constraint.project(w, np.empty_like(w))
            computed[f"array of shape {shape} and size {size:g}, projected"] = w
    return computed


def _rule(rule: UpdateRule) -> dict[str, Array]:
    computed = {}
    for size in (1.0, 1e-3, 1e3):
        steps = RuleSteps(rule).take(12, lambda step, p, s=size: s * drawn(step, p))  # type: ignore[misc]
        for step in LATE[3:]:
            steps.step = step
            steps.take(1, lambda step, p, s=size: s * drawn(step, p))  # type: ignore[misc]
        for name, array in steps.arrays().items():
            computed[f"{name} after gradients of size {size:g}"] = array
    return computed


def _loss(loss: Loss) -> dict[str, Array]:
    computed = {}
    for size in _SIZES:
        z, targets = example_batches.outputs(loss, 8), example_batches.targets(loss, 8)
        values, gradient = example_batches.evaluate(loss, size / 2 * z, targets)
        computed[f"values for outputs of size {size:g}"] = values
        computed[f"gradient for outputs of size {size:g}"] = gradient
    return computed


def _schedule(schedule: Schedule) -> dict[str, Array]:
    told = schedule.over(example_batches.RUN)
    steps = example_batches.steps(told)
    computed = {f"value at step {s}": np.array([told.at(s)]) for s in steps}
    if isinstance(told, FigureSchedule):
        for name, course in example_figures.courses().items():
            values = example_figures.values(told, course)
            computed[f"values after epochs with figures {name}"] = np.array(values)
    return computed


def _metric(metric: Metric) -> dict[str, Array]:
    computed = {}
    for targets in example_batches.kinds(metric):
        for width in (4, 3):
            whole = example_batches.measured(targets, 600, width)
            figures = example_batches.figures_of(metric, whole)
            first = figures[next(iter(metric.names(width)), "")]  # the one that ranks
            others = [figure for name, figure in figures.items() if name]
            computed[f"figure for {targets} ({width} outputs)"] = np.array([first, *others])
    return computed


_OF_KIND: dict[type[Any], Any] = {
    Transform: _transform,  # a layer, too: it is first
    Layer: _layer,
    Join: _join,
    Initializer: _initializer,
    Regularizer: _regularizer,
    Constraint: _constraint,
    UpdateRule: _rule,
    Loss: _loss,
    Schedule: _schedule,
    Metric: _metric,
}


def same_behaviour(a: Mapping[str, Array], b: Mapping[str, Array]) -> bool:
    """Whether two components compute the same bytes."""
    return a.keys() == b.keys() and all(
        a[n].shape == b[n].shape and a[n].tobytes() == b[n].tobytes() for n in a
    )


def broken_numbers(computed: Mapping[str, Array]) -> str:
    """Return which array holds something that is no finite number; '' when none does."""
    for name, array in computed.items():
        values = np.asarray(array, np.float64)
        bad = int(np.count_nonzero(~np.isfinite(values)))
        if bad:
            worst = float(values[~np.isfinite(values)].flat[0])
            many = f"{bad} of {values.size} numbers of " if values.size > 1 else ""
            verb = "are" if many and bad > 1 else "is"
            shown = "nan" if math.isnan(worst) else "infinite"
            return f"{many}the {name} {verb} {shown}"
    return ""
