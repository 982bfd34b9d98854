"""One layer or join of a network, bound to its shapes, its arrays and its generator."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework.components.base import Array, Shape
from framework.components.constraint import Constraint
from framework.components.join import Join
from framework.components.layer import Arrays, Layer, Parameter
from framework.components.regularizer import Regularizer
from framework.engine.declared import as_arrays
from framework.engine.not_copied import Bound
from framework.engine.parameter_store import ParameterViews
from framework.errors import PluginError


@dataclass(frozen=True, eq=False)
class BoundLayer(Bound):
    """One layer or join of a network, bound to its shapes, its arrays and its generator.

    Attributes
    ----------
    sources : numbers of the arrays it is given.
    inputs : the shape of a sample of the first of them.
    frozen_until : the steps after which it is trained.
    """

    label: str
    layer: Layer | Join
    sources: tuple[int, ...]
    inputs: Shape
    outputs: Shape
    parameters: tuple[Parameter, ...]
    views: ParameterViews
    state: Arrays
    regularizer: Regularizer
    rng: np.random.Generator
    constraint: Constraint | None = None
    frozen_until: float = 0

    @property
    def shapes(self) -> tuple[Shape, Shape]:
        """The shapes of one input sample and of one output sample."""
        return self.inputs, self.outputs

    @property
    def affine(self) -> bool:
        """Whether the core computes this layer by `framework/engine/affine.py`."""
        return self.views.matrix is not None

    @property
    def in_place(self) -> bool:
        """Whether this layer may write its results over what they are made from."""
        return (
            isinstance(self.layer, Layer)
            and self.layer.in_place
            and self.inputs == self.outputs
            and not self.parameters
        )

    @property
    def trainable(self) -> bool:
        """Whether this layer has parameters that an update rule moves, at some time."""
        return bool(self.parameters) and self.views.block.update_rule is not None

    def is_trained(self, step: int) -> bool:
        """Whether its parameters are moved in a step."""
        return self.trainable and step >= self.frozen_until

    def stands_still(self, step: int) -> bool:
        """Whether a step of training finds it as inference does: what it keeps is frozen."""
        return step < self.frozen_until and bool(self.parameters or vars(self.state))

    @property
    def adds_loss(self) -> bool:
        """Whether this layer adds to the loss, for which it needs its output."""
        layer = self.layer
        return isinstance(layer, Layer) and type(layer).added_loss is not Layer.added_loss

    def count(self) -> int:
        """Count the layer's parameters."""
        return sum(math.prod(p.shape) for p in self.parameters)


def layer_arrays(
    bound: BoundLayer, xs: list[Array], out: Array, training: bool, clock: Array
) -> Arrays:
    """Return what a layer calls its own for a batch: parameters, state and scratch, by name.

    Raises
    ------
    PluginError : when two of them have the same name.
    """
    layer = bound.layer
    scratch = layer.scratch(xs, out) if isinstance(layer, Join) else layer.scratch(xs[0], out)
    own_scratch = as_arrays(bound.label, "scratch", scratch)
    parts = (vars(bound.views.parameters), vars(bound.state), own_scratch)
    rng = bound.rng if training else None
    names = [*(name for part in parts for name in part), "rng"]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise PluginError(
            f"layer '{bound.label}': two of its arrays are called '{twice}'; expected a name of its"
            " own for each parameter, state and scratch, beside 'rng'"
        )
    own = {name: a for part in parts for name, a in part.items()}
    return Arrays(**own, rng=rng, _clock=clock)
