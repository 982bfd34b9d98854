"""What a network is, as JSON keeps it: written into its file, and read back with care.

Layers and loss are their registered names and fields, read as a configuration is: an unknown name,
a field of another type or out of its range is a line, and no code of the file's is run.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, TypeVar

import numpy as np

from framework.components.base import Array, Component, Shape
from framework.components.columns import columns_problem
from framework.components.data_form import DataForm
from framework.components.figure_schedule import heard_in
from framework.components.initializer import Initializer
from framework.components.join import Join
from framework.components.layer import Layer
from framework.components.loss import Loss
from framework.components.regularizer import Regularizer
from framework.components.schedule import Schedule
from framework.components.transform import Transform
from framework.configuration.component_yaml import plain
from framework.engine.graph import output_shape, sources_of
from framework.engine.network import Network
from framework.engine.plan import LayerPlan, Training
from framework.errors import RunError
from framework.registry.origin import GIVEN
from framework.registry.registry import Registry
from framework.settings.layers import read_layers
from framework.settings.reader import Reader
from framework.settings.transforms import read_transforms

C = TypeVar("C", bound=Component)
_KINDS = ("layer", "transform", "join", "loss")  # of components that a network is made of
_BASES: Mapping[str, type[Layer | Join]] = {"transform": Transform, "join": Join}
_MOST = 1 << 28  # numbers of one sample, at any layer


class _Undrawn(Initializer):
    """Weights that are read from a file next."""

    def draw(self, rng: np.random.Generator, shape: Shape) -> Array:
        return np.broadcast_to(0.0, shape)


_NOT_TRAINED = Training(_Undrawn(), Regularizer(), None)


@dataclass(frozen=True, eq=False)
class NetworkDescription:
    """A network to be, without its arrays.

    Attributes
    ----------
    layers : the plan of each.
    inputs : the shape of one sample.
    scale : what inputs are multiplied by; None for nothing.
    loss : what its outputs mean.
    trained_on : the form of its data; None where a file does not say it.
    """

    layers: tuple[LayerPlan, ...]
    inputs: Shape
    dtype: Literal["float32", "float64"]
    scale: float | None
    loss: Loss
    trained_on: DataForm | None

    def network(self, most: int) -> Network:
        """Make the network; its parameters are 0.

        Parameters
        ----------
        most : bytes that its parameters may take up, at most; nothing larger is made.

        Raises
        ------
        RunError : when the layers do not fit each other, or are larger than that.
        """
        self._check_size(most)
        return Network(
            self.layers,
            self.inputs,
            self.dtype,
            np.random.SeedSequence(0),
            self.scale,
            loss=self.loss,
            trained_on=self.trained_on,
        )

    def _check_size(self, most: int) -> None:
        shapes, size = [self.inputs], 0
        for i, plan in enumerate(self.layers):
            given = [shapes[number] for number in sources_of(i, plan)]
            try:
                shapes.append(output_shape(plan.layer, given))
            except ValueError as error:
                shown = " and ".join(map(str, given))
                raise RunError(f"layer '{plan.label}' does not accept {shown}: {error}") from error
            if isinstance(plan.layer, Layer):
                size += sum(math.prod(p.shape) for p in plan.layer.parameters(given[0]))
            if size * np.dtype(self.dtype).itemsize > most or math.prod(shapes[-1]) > _MOST:
                raise RunError(f"layer '{plan.label}' is larger than what the file holds")


def describe(network: Network, loss: Loss, registry: Registry) -> dict[str, Any]:
    """Return what JSON keeps of a network: `network` and `loss`, for a file's header."""
    return {
        "network": {
            "inputs": list(network.inputs),
            "outputs": list(network.outputs),
            "targets": network.targets,
            "scale": network.scale,
            "dtype": network.dtype,
            "layers": [
                {
                    "label": bound.label,
                    **({} if bound.sources == (i,) else {"sources": list(bound.sources)}),
                    "kind": registry.entry_of(bound.layer).kind.name,
                    "layer": plain(_without_hearing(bound.layer, int(network.clock[0])), registry),
                    "parameters": [parameter.name for parameter in bound.parameters],
                    "state": list(vars(bound.state)),
                }
                for i, bound in enumerate(network.layers)
            ],
        },
        "loss": plain(loss, registry),
        "trained_on": network.trained_on.plain() if network.trained_on else None,
    }


def _without_hearing(layer: C, step: int) -> C:
    """Return a layer with numbers of a step for schedules that follow a run's figures."""
    numbers = {
        field.name: value.at(step)
        for field in fields(layer)
        if isinstance(value := getattr(layer, field.name), Schedule) and heard_in(value)
    }
    return replace(layer, **numbers) if numbers else layer


def read_description(about: Mapping[str, Any], registry: Registry) -> NetworkDescription:
    """Read what `describe` wrote.

    Raises
    ------
    RunError : naming what is missing, unknown or not what it must be.
    """
    node = about["network"]
    if not isinstance(node, Mapping) or not isinstance(node.get("layers"), list):
        raise RunError("its header does not describe a network")
    reader = Reader(registry)
    layers: list[LayerPlan | None] = []
    for i, entry in enumerate(node["layers"]):
        label = entry.get("label") if isinstance(entry, Mapping) else None
        if not isinstance(label, str):
            raise RunError(f"its header has no label for layer {i + 1}")
        base: type[Layer | Join] = _BASES.get(str(entry.get("kind")), Layer)
        layer = reader.component(base, _layer(entry), f"layer '{label}'")
        sources = _sources(entry.get("sources", [i]), i, label, joins=base is Join)
        plan = None if layer is None else LayerPlan(label, layer, _NOT_TRAINED, sources=sources)
        layers.append(plan)
    read = {i + 1 + source for i, plan in enumerate(layers) if plan for source in plan.sources}
    for i, plan in enumerate(layers[:-1] if all(layers) else ()):
        if plan is not None and i + 1 not in read:
            raise RunError(f"its header has nothing that reads layer '{plan.label}'")
    return _checked(reader, layers, node, about.get("loss"), about)


def _sources(given: object, i: int, label: str, *, joins: bool) -> tuple[int, ...]:
    """Return whose outputs layer `i` is given, as a plan says it."""
    if (
        not isinstance(given, list)
        or not all(type(number) is int and 0 <= number <= i for number in given)
        or (len(given) != 1 if not joins else not given)
    ):
        raise RunError(f"its header says that layer '{label}' is given {str(given)[:60]}")
    return tuple(number - i - 1 for number in given)


def _layer(entry: Mapping[str, Any]) -> object:
    """Return a layer's name and fields; once they stood beside its label."""
    beside = ("label", "kind", "parameters", "state")
    return entry.get("layer") or {k: v for k, v in entry.items() if k not in beside}


def description_of_configuration(
    about: Mapping[str, Any], registry: Registry
) -> NetworkDescription:
    """Return what a checkpoint of earlier versions says of its network.

    That are its run's configuration, and the shapes in its data's fingerprint.

    Raises
    ------
    RunError : naming what is missing, unknown or not what it must be.
    """
    configuration, data = about.get("configuration"), about.get("data")
    if not (isinstance(configuration, Mapping) and isinstance(data, Mapping)):
        raise RunError("does not say what its network is; its run can be resumed")
    inputs, targets = (_shape(data.get(key)) for key in ("inputs", "targets"))
    classes = data.get("classes")
    outputs = classes if isinstance(classes, int) else targets[0] if targets else 0
    model, variant = configuration.get("model"), configuration.get("layer")
    if not (inputs and isinstance(model, Mapping) and isinstance(variant, Mapping)):
        raise RunError("does not say what its network is; its run can be resumed")
    reader = Reader(registry)
    plans = read_layers(reader, model, variant)
    layers = [
        replace(
            plan,
            layer=replace(plan.layer, units=outputs) if plan.sized_by_data else plan.layer,  # type: ignore[call-arg]
            training=_NOT_TRAINED,
        )
        for plan in (*read_transforms(reader, configuration.get("data"), plans), *plans)
    ]
    node = {
        "inputs": list(inputs),
        "dtype": configuration.get("dtype"),
        "scale": data.get("scale"),
    }
    return _checked(reader, layers, node, configuration.get("loss"), about)


def _shape(text: object) -> Shape:
    """Return the shape in what a fingerprint says of an array, ``float64 [28, 28]``."""
    first = text[0] if isinstance(text, list) and text else ""
    said = re.fullmatch(r"\w+ \[([\d, ]*)\]", str(first))
    return tuple(map(int, re.findall(r"\d+", said[1]))) if said else ()


def _checked(
    reader: Reader,
    layers: Sequence[LayerPlan | None],
    node: Mapping[str, Any],
    loss_node: object,
    about: Mapping[str, Any],
) -> NetworkDescription:
    loss = reader.component(Loss, loss_node, "loss")
    dtype = reader.value(Literal["float32", "float64"], node.get("dtype"), "dtype")
    scale = reader.value(float | None, node.get("scale"), "scale")
    inputs = node.get("inputs")
    if not (
        isinstance(inputs, list)
        and inputs
        and all(type(size) is int and size > 0 for size in inputs)
        and math.prod(inputs) <= _MOST
    ):
        reader.report("inputs", f"expected the sizes of a sample, got {str(inputs)[:60]}")
    if not layers:
        reader.report("layers", "there are none")
    form = about.get("trained_on")
    trained_on = None
    if form is not None:
        if isinstance(form, Mapping):
            trained_on = reader.fields(DataForm, form, "trained_on", "what a network is trained on")
            _check_form(reader, trained_on, inputs)
        else:
            reader.report("trained_on", f"expected a mapping, got {str(form)[:60]}")
    if reader.problems or loss is None:
        raise RunError("; ".join([*reader.problems, *_cure(about, reader.registry)]))
    known = tuple(plan for plan in layers if plan is not None)
    return NetworkDescription(known, tuple(inputs or ()), dtype, scale, loss, trained_on)


def _check_form(reader: Reader, form: DataForm | None, inputs: object) -> None:
    """See that what a network was trained on is told by a number type that there is."""
    if form is None:
        return
    width = inputs[0] if isinstance(inputs, list) and len(inputs) == 1 else 0
    problem = columns_problem(form.column_names, form.categories, width)
    if problem:
        reader.report("trained_on", problem)
    if not re.fullmatch(r"u?int(8|16|32|64)|float(16|32|64|96|128)", form.dtype):
        reader.report("trained_on.dtype", f"expected a type of numbers, got {form.dtype[:20]!r}")


def _cure(about: Mapping[str, Any], registry: Registry) -> list[str]:
    """Say which modules or packages bring the components that are not there."""
    components = about.get("components")
    needed = set()
    for key, origin in components.items() if isinstance(components, Mapping) else ():
        kind, _, name = str(key).partition(" ")
        if kind in _KINDS and (kind, name) not in registry.entries:
            needed.add(str(origin))
    given = any(origin.endswith(f"({GIVEN})") for origin in needed)
    modules = sorted(o for o in needed if "==" not in o and not o.endswith(f"({GIVEN})"))
    cures = [f"it was made with {', '.join(sorted(needed))}"] if needed else []
    if modules:
        typed = f"plugins=[{','.join(modules)}] on a command line"
        cures.append(f"framework.load(…, plugins={modules!r}) loads modules, or {typed}")
    if given:
        cures.append("framework.load(…, components=[…]) takes classes")
    return cures
