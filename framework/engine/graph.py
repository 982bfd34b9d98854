"""The graph of a network: its layers in order with their shapes, over one parameter store.

Weights are drawn here, when a graph is made from its plan.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from framework.components.base import Array, Shape
from framework.components.layer import Arrays, Layer, Parameter
from framework.components.regularizer import Regularizer
from framework.components.renamed import warn_of
from framework.engine.affine import keeps_promise
from framework.engine.not_copied import Bound
from framework.engine.parameter_store import ParameterRequest, ParameterViews, allocate
from framework.engine.plan import LayerPlan
from framework.errors import ConfigurationError

_FEW_OUTPUTS = 64


@dataclass(frozen=True, eq=False)
class BoundLayer(Bound):
    """One layer in its place in a network."""

    label: str
    layer: Layer
    inputs: Shape
    outputs: Shape
    parameters: tuple[Parameter, ...]
    views: ParameterViews
    state: Arrays
    regularizer: Regularizer
    rng: np.random.Generator

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
        return self.layer.in_place and self.inputs == self.outputs and not self.parameters

    @property
    def trainable(self) -> bool:
        """Whether this layer has parameters that an update rule moves."""
        return bool(self.parameters) and self.views.block.update_rule is not None

    def count(self) -> int:
        """Count the layer's parameters."""
        return sum(math.prod(p.shape) for p in self.parameters)


class Graph:
    """Layers applied in turn, and every array that their outputs depend on.

    A copy (`copy.copy`, `copy.deepcopy`, pickling) has arrays and generators of its own.

    Attributes
    ----------
    layers : the layers with their shapes and arrays.
    blocks : the parameter store.
    scale : what all inputs are multiplied by, as the training data were; None for nothing.
    """

    def __init__(
        self,
        plans: Sequence[LayerPlan],
        inputs: Shape,
        dtype: str,
        seeds: np.random.SeedSequence,
        scale: float | None = None,
    ) -> None:
        self.dtype = dtype
        self.scale = scale
        self.inputs = inputs
        shapes = [inputs]
        requests = []
        for i, plan in enumerate(plans):
            shapes.append(_output_shape(plan, shapes[-1]))
            parameters = tuple(plan.layer.parameters(shapes[-2]))
            affine = keeps_promise(plan.layer, parameters)
            # Measured: products are faster with the weights of one output in a line, unless there
            # are only a few outputs (docs/SPEED.md).
            by_output = affine and (i == 0 or parameters[0].shape[1] >= _FEW_OUTPUTS)
            requests.append(
                ParameterRequest(parameters, plan.training.update_rule, affine, by_output)
            )
        self._requests = tuple(requests)
        self.blocks, places = allocate(requests, dtype)
        self.layers: list[BoundLayer] = []
        for i, (plan, place) in enumerate(zip(plans, places, strict=True)):
            first, running = (np.random.default_rng(s) for s in seeds.spawn(2))
            for parameter in requests[i].parameters:
                drawn = (
                    plan.training.initializer.draw(first, parameter.shape)
                    if parameter.weight
                    else parameter.initial
                )
                getattr(place.parameters, parameter.name)[...] = drawn
            state = {k: np.array(v, dtype) for k, v in plan.layer.state(shapes[i]).items()}
            self.layers.append(
                BoundLayer(
                    plan.label,
                    plan.layer,
                    shapes[i],
                    shapes[i + 1],
                    requests[i].parameters,
                    place,
                    Arrays(**state),
                    plan.training.regularizer,
                    running,
                )
            )

    def __getstate__(self) -> dict[str, Any]:
        """Give what a copy is made from: all but the places of the arrays, which are its own."""
        layers = [{f.name: getattr(link, f.name) for f in fields(link)} for link in self.layers]
        for link in layers:
            del link["views"]
        rows = [block.rows for block in self.blocks]
        return {**vars(self), "blocks": rows, "layers": layers}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Become a copy that shares no array with its original, nor a generator."""
        vars(self).update(state)
        self.blocks, places = allocate(self._requests, self.dtype)
        for block, rows in zip(self.blocks, state["blocks"], strict=True):
            block.rows[...] = rows
        self.layers = [
            BoundLayer(
                **link | {"state": deepcopy(link["state"]), "rng": deepcopy(link["rng"])}, views=p
            )
            for link, p in zip(state["layers"], places, strict=True)
        ]

    @property
    def outputs(self) -> Shape:
        """The shape of one output sample."""
        return self.layers[-1].outputs

    @property
    def links(self) -> list[BoundLayer]:
        """The old name of `layers`."""
        warn_of("Network.links", "layers")
        return self.layers

    def overwrites(self, i: int) -> bool:
        """Say whether layer `i` leaves its output where its input was.

        That is the output of the layer below, which must have no need of it on its way back.
        """
        return i > 0 and self.layers[i].in_place and self.layers[i - 1].affine

    def parameters(self) -> dict[str, Array]:
        """Give every parameter by name, ``layer.parameter``; these are views, not copies."""
        return {
            f"{link.label}.{p.name}": getattr(link.views.parameters, p.name)
            for link in self.layers
            for p in link.parameters
        }

    def state(self) -> dict[str, Array]:
        """Give every layer's own state by name, ``layer/<label>/<name>``; views, not copies.

        That is what layers measure or count while training, such as running statistics. With
        `parameters` it is all that outputs depend on.
        """
        return {
            f"layer/{link.label}/{name}": array
            for link in self.layers
            for name, array in vars(link.state).items()
        }

    def gradients(self) -> dict[str, Array]:
        """Give the last step's gradient of every trained parameter, where it was written down."""
        return {
            f"{link.label}.{p.name}": getattr(link.views.gradients, p.name)
            for link in self.layers
            if link.trainable
            for p in link.parameters
        }

    def count(self) -> int:
        """Count all parameters."""
        return sum(link.count() for link in self.layers)


def _output_shape(plan: LayerPlan, inputs: Shape) -> Shape:
    try:
        return tuple(plan.layer.output_shape(inputs))
    except ValueError as error:
        refused = f"layer '{plan.label}' does not accept inputs of shape {inputs}"
        raise ConfigurationError(f"model: {refused}: {error}") from error
