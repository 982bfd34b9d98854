"""Turning the groups `model` and `layer` into the plan of a network, layer by layer.

`model.hidden` becomes dense layers with an activation between, `model.layers` every layer as it
says, blocks expanded (`blocks.py`); the group `layer` is what each of them starts from.
`runs/builder.py` gives the output layer its units, `engine/graph.py` the weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from framework.components.base import REQUIRED, hyperparameter
from framework.components.layer import Layer
from framework.engine.plan import LayerPlan
from framework.settings.blocks import read_rows
from framework.settings.reader import Reader
from framework.settings.single_layer import laid_over, read_plan
from framework.text import nearest


@dataclass(frozen=True)
class MlpSettings:
    """The group `model`, when it gives `hidden`: dense layers with an activation between."""

    activation: Layer = hyperparameter(REQUIRED, "the layer after each hidden layer")
    hidden: tuple[int, ...] = hyperparameter((100, 200), "units of each hidden layer", at_least=1)
    variants: Any = hyperparameter({}, "what single layers (hidden_1, …, output) have of their own")


@dataclass(frozen=True)
class SequentialSettings:
    """The group `model`, when it gives `layers`: every layer, one by one."""

    layers: Any = hyperparameter(
        [], "layers in order: a name, a mapping of name and fields, or a block of layers"
    )


def read_layers(
    reader: Reader, model: Mapping[str, Any], variant: Mapping[str, Any]
) -> tuple[LayerPlan, ...]:
    if "layers" in model:
        explicit = reader.fields(SequentialSettings, model, "model", "a model with 'layers'")
        return _sequential(reader, explicit.layers, variant) if explicit else ()
    mlp = reader.fields(MlpSettings, model, "model", "a model with 'hidden'")
    return _mlp(reader, mlp, variant) if mlp else ()


def _mlp(reader: Reader, model: MlpSettings, variant: Mapping[str, Any]) -> tuple[LayerPlan, ...]:
    units = {f"hidden_{i}": u for i, u in enumerate(model.hidden, start=1)} | {"output": None}
    own = model.variants if isinstance(model.variants, Mapping) else {}
    for label in own:
        if label not in units:
            reader.report(
                f"model.variants.{label}", f"there is no such layer; {nearest(label, units)}"
            )
    plans: list[LayerPlan] = []
    for label, count in units.items():
        path = f"model.variants.{label}" if label in own else "layer"
        node = laid_over(variant, own.get(label, {}))
        if count is not None and "units" in node:
            said_by = path if label in own and "units" in _of(own, label) else "layer"
            reader.report(f"{said_by}.units", "the sizes of hidden layers are model.hidden")
        width = {} if count is None and "units" in node else {"units": count or 1}
        plan = read_plan(reader, label, {**node, **width}, path, sized_by_data=count is None)
        if plan is None:
            return ()
        plans.append(plan)
        if count is not None:
            activation = f"{label}.{reader.registry.name_of(model.activation)}"
            plans.append(LayerPlan(activation, model.activation, plan.training))
    return tuple(plans)


def _of(own: Mapping[str, Any], label: str) -> Mapping[str, Any]:
    return own[label] if isinstance(own[label], Mapping) else {}


def _sequential(reader: Reader, nodes: Any, variant: Mapping[str, Any]) -> tuple[LayerPlan, ...]:
    if not isinstance(nodes, list) or not nodes:
        reader.report("model.layers", f"expected a list of at least one layer, got {nodes!r}")
        return ()
    return tuple(read_rows(reader, nodes, variant, "model.layers", last=True))
