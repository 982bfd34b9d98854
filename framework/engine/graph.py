"""The graph of a network: its layers in order with their shapes, over one parameter store.

Each is given the output of the layer before it, unless its plan names other sources; a join has
several. The arrays that flow are numbered: 0 is the input, i + 1 the output of layer i::

    x0 -- layer 0 -- x1 -- layer 1 -- x2 -- layer 2 -- x3 -- join 3 -- x4      sources of the join:
                     +------------------------------------------+              (1, 3)

Made from a plan (`plan.py`): shapes are followed from layer to layer, `parameter_store.py` lays the
parameters out, `initialization.py` draws them. What runs over a graph is bound in `propagation.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import fields
from typing import Any

import numpy as np

from framework.components.base import Array, Shape
from framework.components.join import Join
from framework.components.layer import Arrays, Layer
from framework.components.renamed import warn_of
from framework.engine.affine import keeps_promise
from framework.engine.bound_layer import BoundLayer as BoundLayer
from framework.engine.declared import as_arrays, as_parameters, as_shape
from framework.engine.initialization import draw_parameters, start_slots
from framework.engine.layouts import layouts
from framework.engine.parameter_store import ParameterRequest, allocate
from framework.engine.plan import LayerPlan
from framework.engine.rule_check import check_rule
from framework.engine.scheduled_regularizer import following
from framework.errors import ConfigurationError


class Graph:
    """Layers applied in turn, and every array that their outputs depend on.

    A copy (`copy.copy`, `copy.deepcopy`, pickling) has arrays and generators of its own.

    Attributes
    ----------
    layers : the layers with their shapes and arrays.
    blocks : the parameter store.
    scale : what all inputs are multiplied by, as the training data were; None for nothing.
    clock : the steps taken, one number: what layers and losses know as ``arrays.step``.
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
        self.clock = np.zeros(1, np.int64)
        sources = [sources_of(i, plan) for i, plan in enumerate(plans)]
        shapes = _shapes(plans, sources, inputs)
        self._requests = tuple(
            _request(i, plan, shapes[sources[i][0]]) for i, plan in enumerate(plans)
        )
        self.blocks, views = allocate(self._requests, dtype)
        self.layers: list[BoundLayer] = []
        for i, (plan, request) in enumerate(zip(plans, self._requests, strict=True)):
            first, running = (np.random.default_rng(s) for s in seeds.spawn(2))
            initializer = plan.training.initializer
            draw_parameters(request.parameters, views[i].parameters, initializer, first)
            given = shapes[sources[i][0]]
            first_state = plan.layer.state(given) if isinstance(plan.layer, Layer) else {}
            as_arrays(plan.label, "state", first_state)
            state = {name: np.array(value, dtype) for name, value in first_state.items()}
            self.layers.append(
                BoundLayer(
                    plan.label,
                    plan.layer,
                    sources[i],
                    given,
                    shapes[i + 1],
                    request.parameters,
                    views[i],
                    Arrays(**state),
                    following(plan.training.regularizer, self.clock),
                    running,
                    plan.training.constraint,
                    plan.training.frozen.until if plan.training.frozen is not None else 0,
                )
            )
        start_slots(self.blocks)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy is made from: all but the views, which are of its own arrays."""
        layers = [{f.name: getattr(bound, f.name) for f in fields(bound)} for bound in self.layers]
        for values in layers:
            del values["views"]
        blocks = [(block.rows, block.factors) for block in self.blocks]
        return {**vars(self), "blocks": blocks, "layers": layers}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Become a copy that shares no array with its original, nor a generator."""
        vars(self).update(state)
        self.clock = self.clock.copy()
        self.blocks, views = allocate(self._requests, self.dtype)
        for block, (rows, factors) in zip(self.blocks, state["blocks"], strict=True):
            block.rows[...] = rows
            for name, values in factors.items():
                block.factors[name][...] = values
        self.layers = [
            BoundLayer(**values | self._own(values), views=of_layer)
            for values, of_layer in zip(state["layers"], views, strict=True)
        ]

    def _own(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a layer of a copy does not share with that of the original."""
        own = {name: deepcopy(values[name]) for name in ("state", "rng")}
        return own | {"regularizer": following(values["regularizer"], self.clock)}

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
        """Return whether layer `i` leaves its output where its input was.

        That is the output of the layer below, which must have no need of it on its way back; nor
        may anybody else read it.
        """
        bound = self.layers[i]
        source = bound.sources[0]
        return (
            source > 0
            and bound.in_place
            and self.layers[source - 1].affine
            and self.readers(source) == 1
            and not self.layers[source - 1].adds_loss
        )

    def readers(self, source: int) -> int:
        """Count the layers and joins that are given an array."""
        return sum(bound.sources.count(source) for bound in self.layers)

    def parameters(self) -> dict[str, Array]:
        """Return every parameter by name, ``layer.parameter``; these are views, not copies."""
        return {
            f"{bound.label}.{p.name}": getattr(bound.views.parameters, p.name)
            for bound in self.layers
            for p in bound.parameters
        }

    def state(self) -> dict[str, Array]:
        """Return every layer's own state by name, ``layer/<label>/<name>``; views, not copies.

        That is what layers measure or count while training, such as running statistics. With
        `parameters` it is all that outputs depend on.
        """
        return {
            f"layer/{bound.label}/{name}": array
            for bound in self.layers
            for name, array in vars(bound.state).items()
        }

    def gradients(self) -> dict[str, Array]:
        """Return the last step's gradient of every trained parameter, where it was written down."""
        return {
            f"{bound.label}.{p.name}": getattr(bound.views.gradients, p.name)
            for bound in self.layers
            if bound.trainable
            for p in bound.parameters
        }

    def count(self) -> int:
        """Count all parameters."""
        return sum(bound.count() for bound in self.layers)


def sources_of(i: int, plan: LayerPlan) -> tuple[int, ...]:
    """Return the numbers of the arrays that the layer at position `i` is given."""
    return tuple(i + 1 + source for source in plan.sources)


def _shapes(
    plans: Sequence[LayerPlan], sources: Sequence[tuple[int, ...]], inputs: Shape
) -> list[Shape]:
    """Return the shape of one input sample, and of one output sample of each layer."""
    shapes = [inputs]
    for plan, numbers in zip(plans, sources, strict=True):
        given = [shapes[number] for number in numbers]
        try:
            shape = output_shape(plan.layer, given)
        except ValueError as error:
            raise ConfigurationError(
                f"model: layer '{plan.label}' does not accept inputs of shape"
                f" {' and '.join(map(str, given))}: {error}"
            ) from error
        shapes.append(as_shape(plan.label, shape))
    return shapes


def output_shape(layer: Layer | Join, given: Sequence[Shape]) -> Shape:
    """Return the shape of an output sample of a layer or join.

    Raises
    ------
    ValueError : when it does not take such inputs.
    """
    if isinstance(layer, Join):
        return layer.output_shape(given)
    return layer.output_shape(*given)


def _request(i: int, plan: LayerPlan, inputs: Shape) -> ParameterRequest:
    """Return what layer `i` asks of the parameter store, and in which order it is to lie there."""
    if isinstance(plan.layer, Join):
        return ParameterRequest((), plan.training.update_rule, affine=False)
    parameters = as_parameters(plan.label, plan.layer.parameters(inputs))
    if parameters and plan.training.update_rule is not None:
        check_rule(plan.label, plan.training.update_rule, parameters)
    affine = keeps_promise(plan.layer, parameters)
    by_output = affine and layouts().lies_by_output(parameters[0].shape[1], first=i == 0)
    return ParameterRequest(parameters, plan.training.update_rule, affine, by_output)
